"""Microsoft Azure: identities of Entra for pods."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.azure.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""External Secrets: Secrets from a store, by reference."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.external_secrets.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""trust-manager: the authorities that callers trust, in each namespace."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.trust_manager.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

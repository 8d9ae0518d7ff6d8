"""The Gateway API, for any implementation of it."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.gateway_api.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

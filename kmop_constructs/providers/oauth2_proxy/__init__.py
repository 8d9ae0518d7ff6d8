"""oauth2-proxy, a proxy for OpenID Connect logins."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.oauth2_proxy.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

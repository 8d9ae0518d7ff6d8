"""ingress-nginx, a controller that was retired in March 2026."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.ingress_nginx.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

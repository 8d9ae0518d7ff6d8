"""Spring Cloud Gateway: a gateway that runs as a service of the app."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.spring_cloud_gateway.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""Spring Cloud Config, a server that gives services their configuration from a Git repository or from files."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.spring_cloud_config.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

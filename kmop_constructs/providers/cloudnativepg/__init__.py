"""CloudNativePG: PostgreSQL with replicas, fail-over and backups."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.cloudnativepg.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

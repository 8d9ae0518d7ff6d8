"""Redis Operator of OpsTree: one Redis, a replication with Sentinel, or a cluster."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.redis_operator.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""etcd, a store of keys and values from which services read their configuration."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.etcd.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

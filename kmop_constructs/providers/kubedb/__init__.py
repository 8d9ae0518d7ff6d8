"""KubeDB of AppsCode: PostgreSQL, MySQL, MariaDB, MongoDB, Redis and Elasticsearch, each with fail-over."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.kubedb.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""etcd-operator of the etcd project: an etcd that it grows member by member."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.etcd_operator.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""Velero: backups of whole namespaces."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.velero.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""Reloader: replaces pods when a ConfigMap or Secret changes."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.reloader.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

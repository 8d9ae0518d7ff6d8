"""Stores that are already running, in a cloud or of another team."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.existing.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

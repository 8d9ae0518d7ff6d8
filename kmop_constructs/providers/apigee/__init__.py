"""Apigee: the managed API gateway of Google Cloud."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.apigee.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""KEDA: numbers of pods that follow the work."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.keda.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

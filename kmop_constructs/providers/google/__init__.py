"""Google Cloud: identities of IAM for pods of GKE."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.google.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

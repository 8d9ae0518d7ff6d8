"""MongoDB Controllers for Kubernetes: replica sets of MongoDB Community, with users and TLS."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.mongodb.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

"""Elastic Cloud on Kubernetes (ECK): Elasticsearch with several nodes, certificates and a user of the application."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.eck.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

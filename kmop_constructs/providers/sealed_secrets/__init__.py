"""Sealed Secrets: Secrets that are encrypted in Git, and decrypted in the cluster."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.sealed_secrets.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

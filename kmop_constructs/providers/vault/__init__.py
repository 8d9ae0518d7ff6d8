"""Vault Secrets Operator: Secrets with values from HashiCorp Vault."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.vault.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

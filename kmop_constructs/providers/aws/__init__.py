"""Amazon Web Services: identities of IAM for pods of EKS."""

from kmop_constructs._lazy import lazily
from kmop_constructs.providers.aws.tool import TOOL

__getattr__, __dir__, __all__ = lazily(__name__, TOOL.public)

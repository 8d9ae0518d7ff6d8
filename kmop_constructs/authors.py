"""What authors of providers, jobs, edges, checks and tools need. The guide is docs/authors.md."""

from kmop_constructs._lazy import lazily
from kmop_constructs._public import AUTHORS

__getattr__, __dir__, __all__ = lazily(__name__, AUTHORS)

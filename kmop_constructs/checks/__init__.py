"""Facts about the whole app, checked when it is synthesized: one rule a file.

The synthesis loads them. ``python -m kmop_constructs.checks`` writes the page of the docs.
"""

from __future__ import annotations

from kmop_constructs.checks.rule import Rule
from kmop_constructs.checks.table import RULES, page, rules_table

__all__ = ["RULES", "Rule", "page", "rules_table"]

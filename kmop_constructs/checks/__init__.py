"""Checks over the whole app, run when it is synthesized: one file for each rule.

The synthesis loads them. ``python -m kmop_constructs.checks`` prints their documentation page.
"""

from __future__ import annotations

from kmop_constructs.checks.documentation import page, rules_table
from kmop_constructs.checks.rule import Rule
from kmop_constructs.checks.table import RULES

__all__ = ["RULES", "Rule", "page", "rules_table"]

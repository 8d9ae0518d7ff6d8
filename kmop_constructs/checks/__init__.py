"""Facts about the whole app, checked when it is synthesized: one rule a file.

Importing this package switches them on, for every app. ``python -m kmop_constructs.checks`` writes the page of the docs.
"""

from __future__ import annotations

from kmop_constructs.checks.rule import Rule
from kmop_constructs.checks.table import RULES, page, rules_table
from kmop_constructs.core.model import use_checks

__all__ = ["RULES", "Rule", "page", "rules_table"]

use_checks(
    list(dict.fromkeys(rule.check for rule in RULES if rule.check is not None)),
    fixed=[rule.id for rule in RULES if not rule.allowed],
)

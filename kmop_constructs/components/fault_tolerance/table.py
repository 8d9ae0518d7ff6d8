"""The docs page with what each autoscaler supports, from the same data that raises errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.fault_tolerance.features import FEATURES
from kmop_constructs.core.capability_table import matrix, sections
from kmop_constructs.core.tools import providers_of

if TYPE_CHECKING:
    from kmop_constructs.values.tool import Tool

__all__ = ["page"]

_INTRODUCTION = """\
# What each autoscaler supports

<!-- Written by `python -m kmop_constructs.components.fault_tolerance`; a test fails when it is not current. -->

`scaling=Autoscaling(…)` is drawn by `Platform(autoscaler=…)`, `scaling=EventScaling(…)` by `Platform(event_autoscaler=…)`:
[scaling.md](scaling.md). A feature that the provider does not support raises an `UnsupportedError` that names the providers that
support it. Both come from the data of this page.

● supported; ○ supported only with what the section of the provider names; empty: not supported.

"""


def page(*others: Tool) -> str:
    """Return the page ``docs/scaling-providers.md``. `others` are tools from outside the library."""
    providers = providers_of("autoscaler", *others)
    return _INTRODUCTION + "\n".join([*matrix(providers, {**FEATURES}), *sections(providers, {**FEATURES})]) + "\n"

"""The docs page with what each provider of secrets supports, from the same data that raises errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.configuration.base import FEATURES
from kmop_constructs.core.capability_table import matrix, sections
from kmop_constructs.core.tools import providers_of

if TYPE_CHECKING:
    from kmop_constructs.values.tool import Tool

__all__ = ["page"]

_INTRODUCTION = """\
# What each provider of secrets supports

<!-- Written by `python -m kmop_constructs.components.configuration`; a test fails when it is not current. -->

`RemoteSecrets` describes a Secret, and `Platform(secrets=…)` names what makes it: [secrets.md](secrets.md). A feature that the
provider does not support raises an `UnsupportedError` that names the providers that support it. Both come from the data of
this page, and nothing is dropped silently.

● supported; ○ supported only with what the section of the provider names; empty: not supported, or not drawn by this library.

"""


def page(*others: Tool) -> str:
    """Return the page ``docs/secrets-providers.md``. `others` are tools from outside the library."""
    providers = providers_of("secrets", *others)
    return _INTRODUCTION + "\n".join([*matrix(providers, {**FEATURES}), *sections(providers, {**FEATURES})]) + "\n"

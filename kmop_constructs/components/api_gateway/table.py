"""The docs page with the capability table of all gateways, from the same data that raises errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.capability import GatewayClass
from kmop_constructs.components.api_gateway.features import FEATURES
from kmop_constructs.core.capability_table import cell, sections
from kmop_constructs.core.tools import providers_of

if TYPE_CHECKING:
    from kmop_constructs.values.tool import Tool

__all__ = ["page"]

_INTRODUCTION = """\
# What each gateway supports

<!-- Written by `python -m kmop_constructs.components.api_gateway`; a test fails when it is not current. -->

An `Exposure`, or a value of `streams`, describes a route, and the `Platform` names the gateway that draws it. A feature that the gateway does not
support raises an `UnsupportedError` that names the gateways that support it. Both come from the data of this page, and
nothing is dropped silently.

● supported; ○ supported only with the edition or plug-in named in the section of the gateway, which the provider's options must
name; empty: not supported, or not drawn by this library. The section of the gateway gives the reason.

"""


def page(*others: Tool) -> str:
    """Return the page ``docs/gateways/capabilities.md``. `others` are tools from outside the library."""
    providers: list[GatewayClass] = providers_of("gateway", *others)
    titles = {name: feature.title for name, feature in FEATURES.items()}
    return _INTRODUCTION + "\n".join([*_table(providers), *sections(providers, titles)]) + "\n"


def _table(providers: Sequence[GatewayClass]) -> Iterator[str]:
    names = [provider.__name__ for provider in providers]
    yield f"| feature | field of `Exposure` | {' | '.join(f'[{name}](#{name.lower()})' for name in names)} |"
    yield "|---|---|" + ":-:|" * len(names)
    for name, feature in FEATURES.items():
        cells = (cell(provider.SUPPORTS.get(name)) for provider in providers)
        field = f"`{feature.field}`" if feature.streamed is None else f"`{feature.field}`, in `streams`"
        yield f"| {feature.title} | {field} | {' | '.join(cells)} |"
    yield ""

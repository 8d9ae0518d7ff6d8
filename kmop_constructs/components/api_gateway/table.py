"""The docs page with the capability table of all gateways, from the same data that raises errors."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.capability import GatewayClass
from kmop_constructs.components.api_gateway.features import FEATURES
from kmop_constructs.core.capability_table import cell, sections
from kmop_constructs.core.tools import providers_of

if TYPE_CHECKING:
    from kmop_constructs.values.tool import Tool

__all__ = ["page"]

_SEEN = "◉"

_INTRODUCTION = """\
# What each gateway supports

<!-- Written by `python -m tools.capabilities`; a test fails when it is not current. -->

An `Exposure` describes a route, and the `Platform` names the gateway that draws it. A feature that the gateway does not
support raises an `UnsupportedError` that names the gateways that support it. Both come from the data of this page, and
nothing is dropped silently.

◉ supported, and seen: real requests to the running gateway show it, and fail without it ([ledgers](../ledger)); ● supported; ○ supported only with the edition or plug-in named in the section of the gateway, which the provider's options must
name; empty: not supported, or not drawn by this library. The section of the gateway gives the reason.

"""


def page(*others: Tool, seen: Collection[tuple[str, str]] = ()) -> str:
    """Return the page ``docs/gateways/capabilities.md``.

    Args:
        others: Tools from outside the library.
        seen: Class names of providers with names of features that real requests have shown. Default: none.
    """
    providers: list[GatewayClass] = providers_of("gateway", *others)
    titles = {name: feature.title for name, feature in FEATURES.items()}
    return _INTRODUCTION + "\n".join([*_table(providers, seen), *sections(providers, titles)]) + "\n"


def _table(providers: Sequence[GatewayClass], seen: Collection[tuple[str, str]]) -> Iterator[str]:
    names = [provider.__name__ for provider in providers]
    yield f"| feature | field of `Exposure` | {' | '.join(f'[{name}](#{name.lower()})' for name in names)} |"
    yield "|---|---|" + ":-:|" * len(names)
    for name, feature in FEATURES.items():
        cells = (
            _SEEN if (provider.__name__, name) in seen else cell(provider.SUPPORTS.get(name)) for provider in providers
        )
        yield f"| {feature.title} | `{feature.field}` | {' | '.join(cells)} |"
    yield ""

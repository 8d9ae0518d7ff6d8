"""The docs page with the capability table of all gateways, from the same data that raises errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from kmop_constructs.components.api_gateway.capability import Can, Cannot, GatewayClass
from kmop_constructs.components.api_gateway.features import FEATURES
from kmop_constructs.core.tools import providers_of

if TYPE_CHECKING:
    from kmop_constructs.values.tool import Tool

__all__ = ["page"]

_INTRODUCTION = """\
# What each gateway supports

<!-- Written by `python -m kmop_constructs.components.api_gateway`; a test fails when it is not current. -->

An `Exposure` describes a route, and the `Platform` names the gateway that draws it. A feature that the gateway does not
support raises an `UnsupportedError` that names the gateways that support it. Both come from the data of this page, and
nothing is dropped silently.

● supported; ○ supported only with the edition or plug-in named in the section of the gateway, which the provider's options must
name; empty: not supported, or not drawn by this library. The section of the gateway gives the reason.

"""


def page(*others: Tool) -> str:
    """Return the page ``docs/gateways/capabilities.md``. `others` are tools from outside the library."""
    providers: list[GatewayClass] = providers_of("gateway", *others)
    return (
        _INTRODUCTION + "\n".join([*_table(providers), *(line for each in providers for line in _section(each))]) + "\n"
    )


def _table(providers: Sequence[GatewayClass]) -> Iterator[str]:
    names = [provider.__name__ for provider in providers]
    yield f"| feature | field of `Exposure` | {' | '.join(f'[{name}](#{name.lower()})' for name in names)} |"
    yield "|---|---|" + ":-:|" * len(names)
    for name, feature in FEATURES.items():
        cells = (_cell(provider.SUPPORTS.get(name)) for provider in providers)
        yield f"| {feature.title} | `{feature.field}` | {' | '.join(cells)} |"
    yield ""


def _cell(support: Can | Cannot | None) -> str:
    if not isinstance(support, Can):
        return ""
    return "●" if support.needs is None else "○"


def _section(provider: GatewayClass) -> Iterator[str]:
    yield f"## {provider.__name__}"
    yield ""
    yield "| feature | how it is drawn | source |"
    yield "|---|---|---|"
    for name, said in provider.SUPPORTS.items():
        if isinstance(said, Can):
            needs = f" (needs {_escaped(said.needs)})" if said.needs else ""
            yield f"| {FEATURES[name].title} | {_escaped(said.how)}{needs} | {_link(said.source)} |"
    yield ""
    reasons: dict[tuple[str, str], list[str]] = {}
    for name, said in provider.SUPPORTS.items():
        if isinstance(said, Cannot):
            reasons.setdefault((said.why, said.source), []).append(FEATURES[name].title)
    if reasons:
        yield "Not supported:"
        yield ""
        for (why, source), titles in reasons.items():
            yield f"- {'; '.join(titles)}: {_escaped(why)}{f' ({_link(source)})' if source else ''}."
        yield ""


def _link(source: str) -> str:
    return f"[{source.removeprefix('https://').partition('/')[0]}]({source})" if source else ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")

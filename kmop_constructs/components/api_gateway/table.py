"""The page of the docs that says which gateway can do what, from the same data that refuses what one cannot."""

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
# Which gateway can do what

<!-- Written by `python -m kmop_constructs.components.api_gateway`; a test says when it is not current. -->

One `Exposure` says what is wanted; one word of the `Platform` says who does it. What a gateway cannot do is an
`UnsupportedError` that names those that can, from the data of this page: nothing is left out in silence.

● the gateway can, ○ only with what is named below the table, and with the provider's options saying that it is there; an
empty cell: it cannot, or this library does not draw it, and the section of the gateway says why.

"""


def page(*others: Tool) -> str:
    """The page, ``docs/gateways/capabilities.md``. `others` are tools from outside."""
    providers: list[GatewayClass] = providers_of("gateway", *others)
    return (
        _INTRODUCTION + "\n".join([*_table(providers), *(line for each in providers for line in _section(each))]) + "\n"
    )


def _table(providers: Sequence[GatewayClass]) -> Iterator[str]:
    names = [provider.__name__ for provider in providers]
    yield f"| what is asked | field of `Exposure` | {' | '.join(f'[{name}](#{name.lower()})' for name in names)} |"
    yield "|---|---|" + ":-:|" * len(names)
    for name, feature in FEATURES.items():
        cells = (_cell(provider.SUPPORTS.get(name)) for provider in providers)
        yield f"| {feature.title} | `{feature.field}` | {' | '.join(cells)} |"
    yield ""


def _cell(said: Can | Cannot | None) -> str:
    if not isinstance(said, Can):
        return ""
    return "●" if said.needs is None else "○"


def _section(provider: GatewayClass) -> Iterator[str]:
    yield f"## {provider.__name__}"
    yield ""
    yield "| what is asked | how it is drawn | source |"
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
        yield "It cannot:"
        yield ""
        for (why, source), titles in reasons.items():
            yield f"- {'; '.join(titles)}: {_escaped(why)}{f' ({_link(source)})' if source else ''}."
        yield ""


def _link(source: str) -> str:
    return f"[{source.removeprefix('https://').partition('/')[0]}]({source})" if source else ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")

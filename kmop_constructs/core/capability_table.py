"""Pages of the docs with what each provider of a job supports, from the same data that raises errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kmop_constructs.core.capability import Can, Cannot
from kmop_constructs.core.tools import tool_named

__all__ = ["cell", "matrix", "section", "sections"]


def cell(support: Can | Cannot | None) -> str:
    """Return the mark of a feature: supported, supported with something else, or none."""
    if not isinstance(support, Can):
        return ""
    return "●" if support.needs is None else "○"


def matrix(providers: Sequence[Any], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the table of all features and providers. Each provider links to its section."""
    names = [provider.__name__ for provider in providers]
    yield f"| feature | {' | '.join(f'[{name}](#{name.lower()})' for name in names)} |"
    yield "|---|" + ":-:|" * len(names)
    for name, title in titles.items():
        yield f"| {title} | {' | '.join(cell(provider.SUPPORTS.get(name)) for provider in providers)} |"
    yield ""


def sections(providers: Sequence[Any], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the sections of all providers."""
    for each in providers:
        yield from section(each.__name__, each.SUPPORTS, titles)


def section(name: str, supports: Mapping[str, Can | Cannot], titles: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines about one provider: how it draws each feature, and why it does not draw the others."""
    yield f"## {name}"
    yield ""
    yield "| feature | how it is drawn | source |"
    yield "|---|---|---|"
    for feature, support in supports.items():
        if isinstance(support, Can):
            needs = f" (needs {_escaped(support.needs)})" if support.needs else ""
            since = "".join(f" (since {_title(tool)} {release})" for tool, release in support.since.items())
            yield f"| {titles[feature]} | {_escaped(support.how)}{needs}{since} | {_link(support.source)} |"
    yield ""
    reasons: dict[tuple[str, str], list[str]] = {}
    for feature, support in supports.items():
        if isinstance(support, Cannot):
            reasons.setdefault((support.why, support.source), []).append(titles[feature])
    if reasons:
        yield "Not supported:"
        yield ""
        for (why, source), features in reasons.items():
            yield f"- {'; '.join(features)}: {_escaped(why)}{f' ({_link(source)})' if source else ''}."
        yield ""


def _title(name: str) -> str:
    tool = tool_named(name)
    return name if tool is None else tool.title


def _link(source: str) -> str:
    return f"[{source.removeprefix('https://').partition('/')[0]}]({source})" if source else ""


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")

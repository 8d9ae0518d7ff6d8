"""What a provider supports, as data: the source of errors for unsupported features, and of the tables in the docs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.tools import providers_of, tool_named
from kmop_constructs.errors import UnsupportedError
from kmop_constructs.values.tool import release_line

if TYPE_CHECKING:
    from kmop_constructs.values.tool import Tool

__all__ = ["Can", "Cannot", "listed", "older", "providers_with", "refuse_unsupported", "releases_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Can:
    """The provider supports a feature."""

    how: str = field(kw_only=False)
    """The field, annotation or object that expresses the feature."""

    source: str = field(kw_only=False)
    """URL of the documentation or source code that confirms it."""

    needs: str | None = None
    """A commercial edition, a plug-in or a part of the installation that the feature needs. The options of the provider
    must name it. Default: nothing is needed."""

    since: Mapping[str, str] = field(default_factory=dict[str, str])
    """Releases that have the feature, by tool name: ``{"istio": "1.28"}``. A platform that names an older line of the tool
    (`Platform.releases`) is refused. Default: every line that a platform may name."""

    def lacks(self, releases: Mapping[str, str]) -> str | None:
        """Return why the releases of a platform do not have the feature, as in `Cannot.why`; ``None`` if they have it."""
        return next((why for tool, since in self.since.items() if (why := older(releases, tool, since))), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cannot:
    """The provider does not support a feature."""

    why: str = field(kw_only=False)
    """The reason, as the end of a sentence: "… cannot …, because <why>"."""

    source: str = field(kw_only=False, default="")
    """URL of the documentation or source code that confirms it. Default: no URL, where the reason needs no proof."""


def older(releases: Mapping[str, str], tool: str, since: str) -> str | None:
    """Return why a platform's release of a tool is too old, as the end of a sentence; ``None`` if it is not.

    Args:
        releases: `Platform.releases`.
        tool: Name of the tool.
        since: First release line that suffices.
    """
    named = releases.get(tool)
    if named is None or release_line("Platform.releases", named) >= release_line("since", since):
        return None
    found = tool_named(tool)
    title = tool if found is None else found.title
    return f"it needs {title} {since} or newer, and the platform names {named} (Platform.releases)"


def releases_of(cluster: object) -> Mapping[str, str]:
    """Return the older release lines that a platform names. A plain `Cluster` names none."""
    return getattr(cluster, "releases", {})


def refuse_unsupported(
    where: str,
    job: str,
    provider: str,
    supports: Mapping[str, Can | Cannot],
    wanted: Mapping[str, str],
    *,
    tools: Sequence[Tool] = (),
    releases: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Refuse every feature of an intent that a provider does not support. A provider calls this before it draws.

    Args:
        where: Construct path, with which the message begins.
        job: Name of the job, to find its other providers.
        provider: Class name of the provider.
        supports: What the provider supports, by feature: its ``SUPPORTS``.
        wanted: The features that the intent uses, each with a verb phrase for the message.
        tools: Tools from outside this library. Default: none.
        releases: `Platform.releases`. Default: none is named.

    Raises:
        UnsupportedError: A feature is not supported. The message names each with its reason, and the providers that support it.
    """
    refused: list[str] = []
    for name, title in wanted.items():
        support = supports.get(name, Cannot("the provider does not list it as supported"))
        why = support.why if isinstance(support, Cannot) else support.lacks(releases)
        if why is not None:
            others = providers_with(job, name, but=provider, tools=tools)
            use = f"use {listed(others)}, or leave it out" if others else "no provider supports it; leave it out"
            refused.append(f"{where}: {provider} cannot {title}, because {why}; {use}")
    if refused:
        raise UnsupportedError("\n".join(refused))


def providers_with(job: str, feature: str, *, but: str = "", tools: Iterable[Tool] = ()) -> list[str]:
    """Return the class names of the providers of a job that support a feature, with what they need for it.

    `but` is left out; `tools` are tools from outside.
    """
    found: list[str] = []
    for provider in providers_of(job, *tools):
        support = provider.SUPPORTS.get(feature)
        if isinstance(support, Can) and provider.__name__ != but:
            found.append(provider.__name__ + (f" (with {support.needs})" if support.needs else ""))
    return found


def listed(names: Sequence[str]) -> str:
    """Return names as text: ``A, B or C``."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

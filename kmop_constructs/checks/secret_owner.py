"""Each Secret has one owner, and no value is typed in where the platform has a secret store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import HoldsNoSecret, MakesSecret, WritesRemote
from kmop_constructs.core.plain import mapping

if TYPE_CHECKING:
    from kmop_constructs.core.facts import Given, Giver, Key
    from kmop_constructs.core.reading import Rendered, Synthesis

__all__ = ["INLINE_REASON", "INLINE_RULE", "REASON", "RULE", "check"]

RULE = "secret-owner"
REASON = "Two objects write the same Secret, or the same value in a secret store, and overwrite each other."
INLINE_RULE = "secret-inline"
INLINE_REASON = "The value of a Secret is readable in the output, although the platform has a provider of secrets."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find Secrets and remote values with two owners, and Secrets with values in the output."""
    first: dict[Key, Given[MakesSecret]] = {}
    for given in synthesis.given(MakesSecret):
        other = first.setdefault(given.fact.key, given)
        name = given.fact.name
        if not _same(other.place, given.place):
            message = f"makes the Secret {name!r}, which {other.place.path} makes too; give one of them another name"
            yield Finding(path=given.place.path, rule=RULE, message=message)
        elif synthesis.find(*given.fact.key) is not None:
            message = f"makes the Secret {name!r}, which the app also draws; remove one of them"
            yield Finding(path=given.place.path, rule=RULE, message=message)
    remote: dict[Key, Given[WritesRemote]] = {}
    for given in synthesis.given(WritesRemote):
        other = remote.setdefault(given.fact.key, given)
        if other.place is not given.place:
            message = f"writes {given.fact} of the store {given.fact.store!r}, which {other.place.path} writes too; keep one of them"
            yield Finding(path=given.place.path, rule=RULE, message=message)
    for item in synthesis.objects:
        if (
            _typed(item)
            and _has_provider(item)
            and not synthesis.about(HoldsNoSecret, ("Secret", item.scope, item.name))
        ):
            message = (
                f"the Secret {item.name!r} has its values in the output, although the platform has a provider of secrets; put "
                "the values into the store and write RemoteSecrets(…)"
            )
            yield Finding(path=item.path, rule=INLINE_RULE, message=message)


def _same(one: Giver, other: Giver) -> bool:
    """Return whether one construct is the other, or below it: two facts of one owner."""
    paths = sorted((one.path, other.path), key=len)
    return paths[0] == paths[1] or paths[1].startswith(f"{paths[0]}/")


def _typed(item: Rendered) -> bool:
    values = {**mapping(item.object.get("data")), **mapping(item.object.get("stringData"))}
    return item.kind == "Secret" and item.object.get("apiVersion") == "v1" and any(values.values())


def _has_provider(item: Rendered) -> bool:
    provider = None if item.chart is None else getattr(item.chart.cluster, "secrets", None)
    name = getattr(provider, "name", None) or getattr(provider, "__name__", "")
    return provider is not None and not str(name).endswith("NativeSecrets")

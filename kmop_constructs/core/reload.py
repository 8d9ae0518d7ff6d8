"""Replacement of pods when a ConfigMap or Secret changes outside the app, by a tool of the platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, cast

from kmop_constructs.core.checksum import references
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.plain import mapping, within

if TYPE_CHECKING:
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import PodOwner

__all__ = ["ReloadProvider", "changing", "readers_of", "with_reload"]


class ReloadProvider(Protocol):
    """A value of the platform that replaces pods when a ConfigMap or Secret changes outside this app, such as `Reloader`."""

    def annotations(self, config_maps: Sequence[str], secrets: Sequence[str], /) -> Mapping[str, str]:
        """Return annotations of a workload whose pods must be replaced when one of these objects changes.

        The objects are those that the pods read and whose content this app does not have.
        """
        ...


def with_reload(synthesis: Synthesis, scope: str, workload: JsonObject, reload: ReloadProvider | None) -> JsonObject:
    """Return the workload with the annotations that let a tool replace its pods.

    A Job and a CronJob get none: their next run reads the new content.
    """
    if reload is None or workload["kind"] in ("Job", "CronJob"):
        return workload
    found = changing(synthesis, scope, workload["spec"]["template"]["spec"])
    names = {kind: [name for each, name in found if each == kind] for kind in ("ConfigMap", "Secret")}
    if not found:
        return workload
    metadata = mapping(workload.get("metadata"))
    added = reload.annotations(names["ConfigMap"], names["Secret"])
    annotations = {**added, **mapping(metadata.get("annotations"))}
    return {**workload, "metadata": {**metadata, "annotations": annotations}}


def changing(synthesis: Synthesis, scope: str, pod: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return kind and name of what a pod reads, and of which nobody replaces the pods when it changes, sorted.

    Content of this app is not among them, because its checksum replaces the pods. A Secret of an operator is, unless it does
    not change or the operator replaces the pods itself.
    """
    found: list[tuple[str, str]] = []
    for kind, name in sorted(set(references(pod))):
        if synthesis.find(kind, scope, name) is not None:
            continue
        made = [given.fact for given in synthesis.about(MakesSecret, (kind, scope, name))]
        if not made or any(each.rotates and not each.rolls for each in made):
            found.append((kind, name))
    return found


def readers_of(synthesis: Synthesis, scope: str, kind: str, name: str) -> Iterator[PodOwner]:
    """Yield the objects whose pods read a ConfigMap or Secret, of the workloads of this library, by construct path."""
    for given in synthesis.given(Declared):
        facts = given.fact.facts
        if facts.scope != scope or facts.owner is None:
            continue
        pod = cast("Mapping[str, Any]", within(facts.owner.template, "spec") or {})
        if (kind, name) in references(pod):
            yield facts.owner

"""Objects of an app, or of a part of it, as they will be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from kmop_constructs.checks.references import RequiredObject, required_objects
from kmop_constructs.core.declared import Declared, node_ranges, pod_ranges
from kmop_constructs.core.derived import shared_by
from kmop_constructs.core.kinds import is_cluster_scoped
from kmop_constructs.core.network.workloads import NetworkPods
from kmop_constructs.core.normalise import separate
from kmop_constructs.core.place import place_of
from kmop_constructs.core.plain import mapping, mappings, within
from kmop_constructs.core.reachability import Topology
from kmop_constructs.core.yaml import stringify
from kmop_constructs.values.pods import check_peer

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Rendered, Synthesis
    from kmop_constructs.values.pods import Pods

    from constructs import IConstruct

__all__ = ["Synthesized", "facts_below", "masked", "outside_pods", "synthesize"]


F = TypeVar("F")


def synthesize(construct: IConstruct) -> Synthesized:
    """Render and check the whole app, and return the objects at and below `construct`: an app, a chart or a service.

    Objects that a service shares with others, such as a certificate, are below the chart and are returned too.

    Raises `CheckError` with all errors, like ``app.synth()``. Writes no files.
    """
    place = place_of(construct)
    with place.model.synthesized() as synthesis:
        shared = [each.path for each in shared_by(place)]
        every = [each.fact for each in place.model.facts.of(Declared)]
        near = [each for each in every if place.chart is None or each.facts.cluster.cluster_identity == place.identity]
        return Synthesized(
            synthesis.objects,
            place.path,
            synthesis.notices,
            shared,
            clusters=synthesis.clusters,
            nodes=node_ranges(near),
            pods=pod_ranges(near),
        )


class Synthesized:
    """Rendered objects of a construct, as plain dicts. Created by `synthesize`."""

    def __init__(
        self,
        rendered: Sequence[Rendered],
        path: str,
        notices: Sequence[Finding],
        shared: Sequence[str] = (),
        *,
        clusters: Sequence[Synthesis] = (),
        nodes: Sequence[str] = (),
        pods: Sequence[str] = (),
    ) -> None:
        """Created by `synthesize`; do not create it yourself."""
        self._rendered = tuple(rendered)
        self._clusters = tuple(clusters)
        self._nodes = tuple(nodes)
        self._pods = tuple(pods)
        self._below = tuple(f"{each}/" for each in (path, *shared)) if path else ("",)
        mine = [item for item in rendered if f"{item.path}/".startswith(self._below)]
        mine.sort(key=lambda item: (item.chart.path if item.chart else "", item.kind, item.namespace or "", item.name))
        self.objects: tuple[dict[str, Any], ...] = tuple(separate(item.object) for item in mine)
        """Objects of the construct, sorted by chart, kind, namespace and name."""
        self.notices = tuple(notices)
        """Notices of the whole app, which the synth would log."""

    def pick(
        self,
        kind: str | None = None,
        name: str | None = None,
        *,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """Return the objects that match all arguments. Default of each argument: any value.

        `labels` matches objects that have at least these labels.
        """
        return [
            each
            for each in self.objects
            if kind in (None, each["kind"])
            and name in (None, each["metadata"].get("name"))
            and namespace in (None, each["metadata"].get("namespace"))
            and (labels or {}).items() <= each["metadata"].get("labels", {}).items()
        ]

    def one(self, kind: str, name: str | None = None, *, namespace: str | None = None) -> dict[str, Any]:
        """Return the only object that matches all arguments.

        Raises an ``AssertionError`` that lists all objects if none or several match.
        """
        found = self.pick(kind, name, namespace=namespace)
        if len(found) != 1:
            wanted = " ".join(str(each) for each in (kind, name, namespace) if each is not None)
            there = ", ".join(f"{each['kind']}/{each['metadata'].get('name')}" for each in self.objects) or "nothing"
            raise AssertionError(f"expected one {wanted}, found {len(found)}; there is {there}")
        return found[0]

    def yaml(self, *, mask_secrets: bool = True) -> str:
        """Return the objects as YAML, as cdk8s writes them. Values of Secrets are masked, unless `mask_secrets` is false."""
        return yaml_of(self.objects, mask_secrets=mask_secrets)

    @cached_property
    def required(self) -> tuple[RequiredObject, ...]:
        """ConfigMaps, Secrets, ServiceAccounts and claims that pods of the construct need and that the app does not make.

        They must exist in the cluster before the pods start. Sorted by kind, namespace and name. Optional references are left
        out, and so are objects that an operator makes from objects of the app.
        """
        found = (each for cluster in self._clusters for each in required_objects(cluster))
        return tuple(sorted(each for each in found if any(f"{path}/".startswith(self._below) for path in each.readers)))

    @cached_property
    def topology(self) -> Topology:
        """Network of the whole app. Each chart without a namespace counts as a separate namespace."""
        return self.topology_with(())

    def topology_with(self, peers: Sequence[Pods]) -> Topology:
        """Return the network of the whole app with additional pods from outside the app, such as those of a gateway."""
        unnamed = {item.chart.path for item in self._rendered if item.chart is not None and _needs_namespace(item)}
        apart = len(unnamed) > 1
        objects = (_in_namespace(item) if apart and _needs_namespace(item) else item.object for item in self._rendered)
        outside = [outside_pods(peer) for peer in peers]
        return Topology(objects, workloads=outside, node_cidrs=self._nodes, possible_pod_cidrs=self._pods)


def facts_below(result: Synthesized, kind: type[F], path: str) -> list[F]:
    """Return the facts of a type that constructs at and below a path gave."""
    below = f"{path}/" if path else ""
    clusters = result._clusters  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    given = (each for cluster in clusters for each in cluster.given(kind))
    return [each.fact for each in given if f"{each.place.path}/".startswith(below)]


def outside_pods(pods: Pods) -> NetworkPods:
    """Return pods from outside the app as a workload of the network."""
    check_peer("assert_reachable, assert_blocked", pods)
    name = "-".join(f"{key}-{value}" for key, value in sorted(pods.labels.items())).replace("/", "-") or "any"
    return NetworkPods(kind="Pod", name=name, namespace=pods.namespace or "any-namespace", labels=pods.labels)


def yaml_of(objects: Iterable[Mapping[str, Any]], *, mask_secrets: bool = True) -> str:
    """Return objects as YAML, as cdk8s writes them. Values of Secrets are masked, unless `mask_secrets` is false."""
    return stringify(*(masked(each) if mask_secrets else each for each in objects))


_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def masked(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of an object. The values of a Secret, and of Secrets within a list, are replaced by ``***``."""
    kind = str(item.get("kind"))
    if kind.endswith("List") and isinstance(item.get("items"), list):
        # The items of a list of one kind, such as SecretList, may have no kind of their own.
        of_kind = {} if kind == "List" else {"kind": kind.removesuffix("List")}
        return {**item, "items": [_masked_item(each, of_kind) for each in mappings(item["items"])]}
    annotations = mapping(within(item, "metadata", "annotations"))
    if _LAST_APPLIED in annotations:
        # It holds the whole object once more.
        item = {**item, "metadata": {**item["metadata"], "annotations": {**annotations, _LAST_APPLIED: "***"}}}
    fake = mappings(within(item, "spec", "provider", "fake", "data"))
    if fake and kind.endswith("SecretStore"):
        # A store of External Secrets for tests, which holds values itself.
        hidden_data = [{**each, "value": "***"} for each in fake]
        provider = {**item["spec"]["provider"], "fake": {**item["spec"]["provider"]["fake"], "data": hidden_data}}
        return {**item, "spec": {**item["spec"], "provider": provider}}
    if kind != "Secret":
        return dict(item)
    hidden = {
        key: dict.fromkeys(item[key], "***") for key in ("data", "stringData") if isinstance(item.get(key), Mapping)
    }
    return {**item, **hidden}


def _masked_item(item: Mapping[str, Any], of_kind: Mapping[str, str]) -> dict[str, Any]:
    """Return a masked copy of an item of a list, with exactly the keys that it has."""
    return {key: value for key, value in masked({**of_kind, **item}).items() if key in item}


def _needs_namespace(item: Rendered) -> bool:
    return item.namespace is None and not is_cluster_scoped(str(item.object.get("apiVersion", "")), item.kind)


def _in_namespace(item: Rendered) -> dict[str, Any]:
    assert item.chart is not None
    namespace = "chart-" + item.chart.path.replace("/", "-")
    return {**item.object, "metadata": {**item.object["metadata"], "namespace": namespace}}

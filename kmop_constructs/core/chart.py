"""Chart that renders all its objects in one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kmop_constructs.core.kinds import know_tools
from kmop_constructs.core.normalise import separate
from kmop_constructs.core.place import ChartInfo, Place, Placed, created, local, place_of
from kmop_constructs.errors import SpecError
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.names import dns_label, label_map, made_by

import cdk8s
from constructs import Construct, IConstruct

__all__ = ["KmopChart", "cluster_of"]


class KmopChart(Placed, cdk8s.Chart):
    """A `cdk8s.Chart` that writes its objects by kind (Namespace first), namespace and name, dependencies first.

    Each chart is written to one file. Use one chart for each namespace or team.

    Attributes:
        namespace: Namespace of the chart's objects, ``None`` if the chart sets none.
        labels: Labels of all objects of the chart.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        namespace: str | None = None,
        labels: Mapping[str, str] | None = None,
        platform: Cluster | None = None,
    ) -> None:
        """Create a chart.

        Args:
            scope: App, or a construct below it.
            id: Id of the chart. It becomes part of the file name, so it must not contain a slash.
            namespace: Namespace of all objects of the chart. Default: none is written, for ``kubectl -n``; then services of
                other charts cannot call services of this chart.
            labels: Labels of all objects of the chart. Default: none.
            platform: Platform of the constructs in the chart, unless a construct sets another. Default: the platform of the
                parent chart, else `Platform()`.
        """
        outer = place_of(scope)
        path = outer.child(id).path
        made_by(f"{path}: platform", platform, Cluster, type(None))
        labels = label_map(f"{path}: labels", {} if labels is None else labels)
        info = ChartInfo(
            path=path,
            namespace=None if namespace is None else dns_label(f"{path}: namespace", namespace),
            labels=labels,
            cluster=platform or (outer.chart.cluster if outer.chart else None),
            ours=True,
            construct=self,
        )
        self._place = Place(model=outer.model, chart=info, path=path, parent=outer)
        know_tools(outer.model, path, info.cluster)
        if "/" in id or not id:
            raise SpecError(
                f"{path!r}: not an id of a chart, got {id!r}; the id is a file name: use letters, digits and '-'"
            )
        created(
            self,
            scope,
            id,
            lambda: cdk8s.Chart.__init__(self, scope, id, namespace=namespace, labels=dict(labels)),
            waits=False,
        )

    if not TYPE_CHECKING:
        namespace = local(lambda self: self._place.chart.namespace)
        labels = local(lambda self: dict(self._place.chart.labels))

    def add_dependency(self, *dependencies: IConstruct) -> None:
        """Write this chart after other charts. File names then begin with numbers, in the order in which to apply them."""
        self.node.add_dependency(*dependencies)

    def to_json(self) -> list[Any]:
        """Return the objects of the chart, in the order of its file. Outside of a synth, this checks the whole app."""
        model = self._place.model
        if model.synthesis is not None:  # the engine calls this during a synth
            return model.synthesis.answer(self.path)
        with model.synthesized() as synthesis:
            return separate(synthesis.of_chart(self.path))


def cluster_of(construct: Construct) -> Cluster | None:
    """Return the platform of the nearest chart. ``None`` if it has none."""
    chart = place_of(construct).chart
    return chart.cluster if chart else None

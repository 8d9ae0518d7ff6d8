"""A chart whose objects are rendered in one go."""

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

    One chart is one file. Use one for each namespace or team.
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
        """Make a chart.

        Args:
            scope: The app, or a construct below it.
            id: Names the file.
            namespace: The namespace of its objects. Default: none is written, for ``kubectl -n``; then services of
                other charts cannot call the services of this one.
            labels: Labels of all its objects. Default: none.
            platform: What the constructs below find when none is given to them. Default: that of the chart around
                this one, else `Platform()`.
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
            raise SpecError(f"{path!r}: not an id of a chart, got {id!r}; it names a file: use letters, digits and '-'")
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
        """Write this chart after others. Files are numbered then, in the order in which they are to be applied."""
        self.node.add_dependency(*dependencies)

    def to_json(self) -> list[Any]:
        """The chart's objects, in the order of its file. Checks the whole app where no synth is under way."""
        model = self._place.model
        if model.synthesis is not None:  # the engine asks, and only reads
            return model.synthesis.answer(self.path)
        with model.synthesized() as synthesis:
            return separate(synthesis.of_chart(self.path))


def cluster_of(construct: Construct) -> Cluster | None:
    """The platform that the nearest chart names, if any."""
    chart = place_of(construct).chart
    return chart.cluster if chart else None

"""Traffic of the pods of a database among themselves, with KubeDB, and with the scraper of metrics.

KubeDB checks the health of a database from outside, at its port for clients (the policies of its chart name these ports:
https://github.com/kubedb/installer/blob/v2026.7.10/charts/kubedb-provisioner/templates/cilium-network-policy.yaml). Sidecars in the pods
elect a primary, and write its label to the API server
(https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/postgres/quickstart/rbac.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.own_traffic import OwnTraffic, of_operator, tcp
from kmop_constructs.core.openings import Opening
from kmop_constructs.providers.kubedb.names import EXPORTER_PORT, OPERATOR, PLACE, KubeDbKind, labels_of
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.core.subject import Subject

__all__ = ["own_traffic"]


def own_traffic(
    subject: Subject,
    kind: KubeDbKind,
    ports: Sequence[int],
    among: Sequence[int] = (),
    *,
    monitored: bool,
    uses_api: bool = True,
    name: str | None = None,
    comes: Sequence[Opening] = (),
    goes: Sequence[Opening] = (),
) -> OwnTraffic:
    """Return the traffic of the pods of a database.

    Args:
        subject: The store.
        kind: The kind of the database.
        ports: The ports that KubeDB connects to, and that the pods use among themselves.
        among: Further ports among the pods. Default: none.
        monitored: Whether the pods have an exporter of metrics.
        uses_api: Whether sidecars use the Kubernetes API. Default: true.
        name: Name of the database. Default: that of the store.
        comes: Who else reaches the pods. Default: nobody.
        goes: What else the pods reach. Default: nothing.
    """
    named = subject.name if name is None else name
    operator = of_operator(subject, "kubedb", OPERATOR, PLACE)
    mine = Pods(labels=labels_of(kind, named))
    inside = tcp(mine, *ports, *among)
    accepts = [tcp(operator, *ports), inside, *comes]
    scraper = subject.cluster.peers.scraper
    if monitored and scraper is not None:
        accepts.append(Opening(end=scraper, ports=((EXPORTER_PORT, "TCP"),)))
    return OwnTraffic(
        subject=subject,
        name=f"{named}-own",
        pods={"matchLabels": dict(mine.labels)},
        accepts=tuple(accepts),
        calls=(inside, *goes),
        uses_api=uses_api,
    )

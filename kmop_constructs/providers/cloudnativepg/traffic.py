"""Traffic of the pods of a Cluster among themselves, with the operator, and to the bucket of the copies.

The operator connects to the ports 8000 and 5432 of every instance, and instances to each other
(https://cloudnative-pg.io/documentation/1.30/networking/). Jobs and poolers of a Cluster have its label too. Instances read and
write their objects at the API server (https://cloudnative-pg.io/documentation/1.30/instance_manager/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.bucket import server_of
from kmop_constructs.components.data.own_traffic import OwnTraffic, of_operator, opening_of, tcp
from kmop_constructs.providers.cloudnativepg.names import CLUSTER, OPERATOR, PLACE, SERVICE_PORT, STATUS_PORT
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kmop_constructs.components.data.bucket import AnyBucket
    from kmop_constructs.components.security.identity import Granted
    from kmop_constructs.core.openings import Opening
    from kmop_constructs.core.subject import Subject

__all__ = ["own_traffic"]


def own_traffic(subject: Subject, cluster: str, buckets: Iterable[AnyBucket], granted: Granted | None) -> OwnTraffic:
    """Return the traffic of the pods of a Cluster, which reach all buckets that they write or read."""
    operator = of_operator(subject, "cloudnativepg", OPERATOR, PLACE)
    mine = Pods(labels={CLUSTER: cluster})
    calls: list[Opening] = [tcp(mine, SERVICE_PORT, STATUS_PORT)]
    for each in buckets:
        opening = opening_of(server_of(each))
        if opening not in calls:
            calls.append(opening)
    calls += [opening_of(each) for each in (() if granted is None else granted.connections)]
    return OwnTraffic(
        subject=subject,
        name=f"{cluster}-own",
        pods={"matchLabels": dict(mine.labels)},
        accepts=(tcp(operator, SERVICE_PORT, STATUS_PORT), tcp(mine, SERVICE_PORT, STATUS_PORT)),
        calls=tuple(calls),
        uses_api=True,
    )

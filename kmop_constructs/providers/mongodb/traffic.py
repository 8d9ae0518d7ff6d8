"""Traffic of the members among themselves.

A member connects to the port 27017 of each other one (https://www.mongodb.com/docs/manual/core/security-network/), and the agent in
each pod does so too. The operator connects to no pod: it reads annotations that the pods write on themselves
(https://github.com/mongodb/mongodb-kubernetes/blob/1.10.0/docs/mongodbcommunity/architecture.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.own_traffic import OwnTraffic, tcp
from kmop_constructs.providers.mongodb.names import APP, PORT, service_name
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject

__all__ = ["own_traffic"]


def own_traffic(subject: Subject) -> OwnTraffic:
    """Return the traffic of the members. Their agents read their configuration from the API server, and annotate their pods."""
    mine = Pods(labels={APP: service_name(subject.name)})
    among = tcp(mine, PORT)
    return OwnTraffic(
        subject=subject,
        name=f"{subject.name}-own",
        pods={"matchLabels": dict(mine.labels)},
        accepts=(among,),
        calls=(among,),
        uses_api=True,
    )

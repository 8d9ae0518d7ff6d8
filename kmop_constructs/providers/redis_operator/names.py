"""What the operator makes of a Redis, by form: Services, and labels of pods.

``CreateStandaloneService``, ``CreateReplicationService``, ``CreateRedisSentinelService`` and ``CreateRedisClusterService`` in
https://github.com/OT-CONTAINER-KIT/redis-operator/tree/v0.26.0/internal/k8sutils, labels in
https://github.com/OT-CONTAINER-KIT/redis-operator/blob/v0.26.0/internal/controller/common/labels.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.core.subject import Subject

__all__ = [
    "BUS_PORT",
    "EXPORTER_PORT",
    "MASTER",
    "OPERATOR",
    "PLACE",
    "PORT",
    "SENTINELS",
    "SENTINEL_PORT",
    "Form",
    "apps",
    "check_name",
    "headless_names",
    "labels_of_data",
    "labels_of_sentinels",
    "sentinel_name",
    "service_name",
    "service_names",
]

Form: TypeAlias = Literal["standalone", "sentinel", "cluster"]

PORT = 6379
SENTINEL_PORT = 26379
BUS_PORT = PORT + 10000
"""Port at which the nodes of a cluster talk to each other
(https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#the-cluster-bus)."""

EXPORTER_PORT = 9121

SENTINELS = 3
"""The fewest Sentinels that survive the loss of one
(https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/#fundamental-things-to-know-about-sentinel-before-deploying)."""

MASTER = "mymaster"
"""Name of the group of instances, as in the examples of Redis."""

OPERATOR = {"name": "redis-operator"}
"""Labels of the operator's pods
(https://github.com/OT-CONTAINER-KIT/redis-operator/blob/v0.26.0/charts/redis-operator/templates/_helpers.tpl)."""

PLACE = "ot-operators"
"""Namespace in which the operator's own guide installs it (https://redis-operator.opstree.dev/docs/installation/installation/)."""

_LONGEST = 52 - len("-follower")
"""The longest name: that of a StatefulSet with its ending has at most 52 characters, because its pods have a label with the name
and a hash (https://github.com/kubernetes/kubernetes/issues/64023)."""


def check_name(subject: Subject) -> None:
    """Check the name of a store."""
    if len(subject.name) > _LONGEST:
        what = "too long for the StatefulSets of the operator, whose pods have their names in a label"
        raise bad(f"{subject.path}: name", what, subject.name, f"use at most {_LONGEST} characters")


def sentinel_name(store: str) -> str:
    """Return the name of the StatefulSet of the Sentinels, and of their Service."""
    return f"{store}-sentinel"


def service_name(store: str, form: Form) -> str:
    """Return the Service that callers use: the only instance, the current primary, or the first nodes of a cluster to ask."""
    match form:
        case "standalone":
            return store
        case "sentinel":
            return f"{store}-master"
        case "cluster":
            return f"{store}-leader"


def service_names(store: str, form: Form) -> tuple[str, ...]:
    """Return the Services whose names are in the certificate; that of callers is the first."""
    match form:
        case "standalone":
            return store, *headless_names(store, form)
        case "sentinel":
            names = (f"{store}-master", f"{store}-replica", store, sentinel_name(store))
            return *names, *headless_names(store, form)
        case "cluster":
            return f"{store}-leader", f"{store}-follower", f"{store}-master", *headless_names(store, form)


def headless_names(store: str, form: Form) -> tuple[str, ...]:
    """Return the headless Services, which give each pod a name."""
    return tuple(f"{app}-headless" for app in apps(store, form))


def apps(store: str, form: Form) -> tuple[str, ...]:
    """Return the values of the label ``app``, which are the names of the StatefulSets."""
    match form:
        case "standalone":
            return (store,)
        case "sentinel":
            return store, sentinel_name(store)
        case "cluster":
            return f"{store}-leader", f"{store}-follower"


def labels_of_data(store: str, form: Form) -> Mapping[str, str]:
    """Return the labels of all pods that hold data, whichever role they have at the moment.

    A policy by the label of the role would close the new primary after a fail-over, until the operator writes that label.
    """
    match form:
        case "standalone":
            return {"app": store, "redis_setup_type": "standalone"}
        case "sentinel":
            return {"app": store, "redis_setup_type": "replication"}
        case "cluster":
            return {"cluster": store, "redis_setup_type": "cluster"}


def labels_of_sentinels(store: str) -> Mapping[str, str]:
    """Return the labels of the Sentinels."""
    return {"app": sentinel_name(store), "redis_setup_type": "sentinel"}

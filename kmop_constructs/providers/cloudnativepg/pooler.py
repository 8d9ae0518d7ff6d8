"""Poolers of a Cluster: PgBouncer, run by CloudNativePG (https://cloudnative-pg.io/documentation/1.30/connection_pooling/)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.pod.containers import resources
from kmop_constructs.errors import bad
from kmop_constructs.providers.cloudnativepg.names import POOLER, REPLICAS, pooler_name
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.pooler import Pooler
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import k8s, postgresql_cnpg_io

__all__ = ["POOLER_GUESS", "budget_of", "postgres_pooler"]

POOLER_GUESS = Resources(cpu=Cpu("100m"), memory=Size("128Mi"))
"""Requests of a pooler whose `Pooler.resources` is not set: PgBouncer needs about 2 kB for each client
(https://www.pgbouncer.org/features.html)."""

_FIXED = frozenset(("pool_mode", "auth_query", "auth_user", "listen_addr", "listen_port", "unix_socket_dir"))


def postgres_pooler(subject: Subject, cluster: str, role: str, pooler: Pooler) -> postgresql_cnpg_io.Pooler:
    """Return the pooler in front of the primary (``rw``) or of the replicas (``ro``)."""
    name = pooler_name(cluster, role)
    for setting in pooler.settings:
        if setting in _FIXED:
            raise bad(f"{subject.path}: provision.pooler.settings", "set by CloudNativePG itself", setting, "remove it")
    pod: k8s.PodSpec = {
        "containers": [],
        "topologySpreadConstraints": [
            {
                "labelSelector": {"matchLabels": {POOLER: name}},
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
            }
            for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
        ],
    }
    pod["containers"] = [{"name": "pgbouncer", "resources": resources(pooler.resources or POOLER_GUESS)}]
    spec: postgresql_cnpg_io.PoolerSpec = {
        "cluster": {"name": cluster},
        "instances": pooler.instances,
        "pgbouncer": {"poolMode": pooler.mode, "parameters": dict(pooler.settings)},
        "template": {"metadata": {"labels": dict(subject.labels)}, "spec": pod},
        "type": "ro" if role == REPLICAS else "rw",
    }
    if not pooler.settings:
        del spec["pgbouncer"]["parameters"]
    metadata: k8s.ObjectMeta = {"name": name, "labels": dict(subject.labels)}
    return {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Pooler", "metadata": metadata, "spec": spec}


def budget_of(subject: Subject, name: str) -> k8s.PodDisruptionBudget:
    """Return the budget of a pooler, for which the operator makes none."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name, "labels": dict(subject.labels)},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": {POOLER: name}}},
    }

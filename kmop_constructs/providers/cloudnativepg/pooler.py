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

_ALLOWED = frozenset(
    [
        "application_name_add_host",
        "auth_type",
        "autodb_idle_timeout",
        "cancel_wait_timeout",
        "client_idle_timeout",
        "client_login_timeout",
        "client_tls_ciphers",
        "client_tls_sslmode",
        "client_tls13_ciphers",
        "default_pool_size",
        "disable_pqexec",
        "dns_max_ttl",
        "dns_nxdomain_ttl",
        "idle_transaction_timeout",
        "ignore_startup_parameters",
        "listen_backlog",
        "log_connections",
        "log_disconnections",
        "log_pooler_errors",
        "log_stats",
        "max_client_conn",
        "max_db_connections",
        "max_packet_size",
        "max_prepared_statements",
        "max_user_connections",
        "min_pool_size",
        "pkt_buf",
        "query_timeout",
        "query_wait_timeout",
        "reserve_pool_size",
        "reserve_pool_timeout",
        "sbuf_loopcnt",
        "server_check_delay",
        "server_check_query",
        "server_connect_timeout",
        "server_fast_close",
        "server_idle_timeout",
        "server_lifetime",
        "server_login_retry",
        "server_reset_query",
        "server_reset_query_always",
        "server_round_robin",
        "server_tls_ciphers",
        "server_tls13_ciphers",
        "server_tls_protocols",
        "server_tls_sslmode",
        "stats_period",
        "suspend_timeout",
        "tcp_defer_accept",
        "tcp_keepalive",
        "tcp_keepcnt",
        "tcp_keepidle",
        "tcp_keepintvl",
        "tcp_socket_buffer",
        "tcp_user_timeout",
        "track_extra_parameters",
        "verbose",
    ]
)
"""Settings that the webhook of the operator accepts
(https://github.com/cloudnative-pg/cloudnative-pg/blob/v1.30.0/internal/webhook/v1/pooler_webhook.go)."""


def postgres_pooler(subject: Subject, cluster: str, role: str, pooler: Pooler) -> postgresql_cnpg_io.Pooler:
    """Return the pooler in front of the primary (``rw``) or of the replicas (``ro``)."""
    name = pooler_name(cluster, role)
    for setting in pooler.settings:
        if setting not in _ALLOWED:
            what = "not a setting that CloudNativePG accepts, unknown or set by itself"
            do = "remove it, or correct the name: https://cloudnative-pg.io/documentation/1.30/connection_pooling/#pgbouncer-configuration-options"
            raise bad(f"{subject.path}: provision.pooler.settings", what, setting, do)
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
    if subject.cluster.pull_secrets:
        pod["imagePullSecrets"] = [{"name": each} for each in subject.cluster.pull_secrets]
    spec: postgresql_cnpg_io.PoolerSpec = {
        "cluster": {"name": cluster},
        "instances": pooler.instances,
        "pgbouncer": {"poolMode": pooler.mode, "parameters": dict(pooler.settings)},
        # No labels: the operator sets those of the pods (pkg/specs/pgbouncer/deployments.go).
        "template": {"spec": pod},
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

"""KubeDB, which runs databases of many kinds: how the library loads and names it.

Its definitions and the code of its webhooks have the licence Apache 2.0
(https://github.com/kubedb/apimachinery/blob/v0.66.0/LICENSE). Its operators have another one, and need a licence file of AppsCode
(https://github.com/kubedb/installer/blob/v2026.7.10/LICENSE.md).
"""

from kmop_constructs.values.tool import Kind, Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.kubedb"

TOOL = Tool(
    "kubedb",
    title="KubeDB",
    release="2026.7",
    # https://github.com/kubedb/installer/blob/v2026.7.10/charts/kubedb/Chart.yaml: kubeVersion.
    kubernetes="1.26",
    kinds=(
        Kind("kubedb.com", "Elasticsearch"),
        Kind("kubedb.com", "MariaDB"),
        Kind("kubedb.com", "MongoDB"),
        Kind("kubedb.com", "MySQL"),
        Kind("kubedb.com", "Postgres"),
        Kind("kubedb.com", "Redis"),
        Kind("kubedb.com", "RedisSentinel"),
    ),
    provides={
        "elasticsearch": (f"{_ROOM}.elasticsearch:KubeDbElasticsearch",),
        "mongo": (f"{_ROOM}.mongo:KubeDbMongo",),
        "mysql": (f"{_ROOM}.mysql:KubeDbMySql", f"{_ROOM}.mariadb:KubeDbMariaDb"),
        "postgres": (f"{_ROOM}.postgres:KubeDbPostgres",),
        "redis": (f"{_ROOM}.redis:KubeDbRedis",),
    },
    exports=(f"{_ROOM}.options:KubeDbMonitor", f"{_ROOM}.options:KubeDbTls"),
)
"""The tool."""

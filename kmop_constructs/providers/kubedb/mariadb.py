"""MariaDB by KubeDB, as a provider of a platform: a Galera cluster, in which every node takes writes.

https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/mariadb/clustering/galera-cluster/index.md. The first node starts with an empty
volume and the variables of the image, the others copy its data (scripts/bootstrap-new-cluster.sh and scripts/join-cluster.sh of
https://github.com/kubedb/mariadb-init-docker/tree/0.8.0).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.openings import Opening
from kmop_constructs.errors import bad
from kmop_constructs.providers.kubedb import parts
from kmop_constructs.providers.kubedb.names import labels_of
from kmop_constructs.providers.kubedb.options import version_of
from kmop_constructs.providers.kubedb.settings import mysql_file
from kmop_constructs.providers.kubedb.sql import KubeDbSqlProvider
from kmop_constructs.values.pods import Pods

if TYPE_CHECKING:
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.kubedb.names import KubeDbKind
    from kmop_constructs.providers.kubedb.sql import SqlMembers
    from kmop_constructs.typings import kubedb_com

__all__ = ["KubeDbMariaDb"]

_REPLICATION = 4567


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbMariaDb(KubeDbSqlProvider):
    """Draws `MySql` as MariaDB for KubeDB v2026.7.10: a Galera cluster of three nodes, with a user of the application.

    ``Platform(mysql=KubeDbMariaDb(licence="enterprise", provision=Provision(storage=Size.gib(20))))``. `MySqlSpec.version` is one of
    MariaDB. Every node takes writes and acknowledges a transaction when all have received it; one that collides with another is rolled
    back at its commit, and callers try again (https://mariadb.com/kb/en/about-galera-replication/). The user and its database are
    created when the first node has an empty volume, and not changed later.
    """

    kind: ClassVar[KubeDbKind] = "MariaDB"
    container: ClassVar[str] = "mariadb"
    variables: ClassVar[str] = "MARIADB"
    among: ClassVar[Sequence[int]] = (4444, _REPLICATION, 4568)
    """Copies of all data, the cluster, and of missing transactions
    (https://mariadb.com/kb/en/configuring-mariadb-galera-cluster/#network-ports)."""

    readers: ClassVar[bool] = False
    undumped: ClassVar[str | None] = (
        "a dump and its restoration run mysqldump and mysql, and the images of MariaDB have mariadb-dump and mariadb in their place "
        "(https://hub.docker.com/_/mariadb); write a ScheduledTask of your own with uses=[db.read_write()] that runs mariadb-dump"
    )

    def also(self, subject: Subject) -> Sequence[Opening]:
        """Return the port of the cluster by UDP."""
        mine = Pods(labels=labels_of("MariaDB", subject.name))
        return (Opening(end=mine, ports=((_REPLICATION, "UDP"),)),)

    def resource(self, wanted: SqlMembers) -> kubedb_com.MariaDB:
        """Return the resource of the nodes."""
        subject = wanted.database.subject
        version = version_of(wanted.version)
        if self.tls is not None and version is not None and version < (10, 5, 2):
            # The webhook refuses it (pkg/webhooks/kubedb/v1/mariadb.go of https://github.com/kubedb/apimachinery/tree/v0.66.0).
            what = "older than 10.5.2, which cannot require TLS"
            raise bad(
                f"{subject.path}: version", what, wanted.version, "use a newer one, or leave KubeDbMariaDb.tls out"
            )
        spec: kubedb_com.MariaDBSpec = {
            "version": wanted.version,
            "replicas": wanted.instances,
            "requireSSL": self.tls is not None,
            "storageType": "Durable",
            "storage": parts.claim(wanted.storage, wanted.provision.storage_class),
            "deletionPolicy": self.deletion,
            "podTemplate": wanted.template,
            **self.optional(wanted),
        }
        if wanted.instances > 1:
            spec["topology"] = {"mode": "GaleraCluster"}
        if wanted.spec.settings:
            spec["configuration"] = {"inline": {"md.cnf": mysql_file(subject, wanted.spec.settings, "MariaDB")}}
        return {
            "apiVersion": "kubedb.com/v1",
            "kind": "MariaDB",
            "metadata": parts.metadata(subject, subject.name),
            "spec": spec,
        }

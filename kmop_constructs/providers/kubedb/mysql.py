"""MySQL by KubeDB, as a provider of a platform: a group of members with one primary.

https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/mysql/clustering/group-replication/index.md
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.providers.kubedb import parts
from kmop_constructs.providers.kubedb.settings import mysql_file
from kmop_constructs.providers.kubedb.sql import KubeDbSqlProvider

if TYPE_CHECKING:
    from kmop_constructs.providers.kubedb.names import KubeDbKind
    from kmop_constructs.providers.kubedb.sql import SqlMembers
    from kmop_constructs.typings import kubedb_com

__all__ = ["KubeDbMySql"]

_LONGEST_5 = 60
"""The longest address of a member in MySQL 5 (pkg/webhooks/kubedb/v1/mysql.go of https://github.com/kubedb/apimachinery/tree/v0.66.0)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbMySql(KubeDbSqlProvider):
    """Draws `MySql` for KubeDB v2026.7.10: three members of a group, of which one is the primary, with a user of the application.

    ``Platform(mysql=KubeDbMySql(licence="enterprise", provision=Provision(storage=Size.gib(20))))``. A majority of the members receives
    each transaction before it is acknowledged (https://dev.mysql.com/doc/refman/8.4/en/group-replication-summary.html). The user and its
    database are created when the members have empty volumes, and not changed later.
    """

    kind: ClassVar[KubeDbKind] = "MySQL"
    container: ClassVar[str] = "mysql"
    variables: ClassVar[str] = "MYSQL"
    largest: ClassVar[int | None] = 9
    """``MySQLMaxGroupMembers`` in https://github.com/kubedb/apimachinery/blob/v0.66.0/apis/kubedb/constants.go."""

    among: ClassVar[Sequence[int]] = (33060, 33061)
    """``MySQLGroupComPort``, and the port of the group in scripts/run.sh of
    https://github.com/kubedb/mysql-init-docker/tree/8.0.31-v3."""

    readers: ClassVar[bool] = True

    def resource(self, wanted: SqlMembers) -> kubedb_com.MySQL:
        """Return the resource of the members."""
        subject = wanted.database.subject
        address = f"{subject.name}.{subject.name}-pods.{subject.namespace}.svc"
        if wanted.version.startswith("5.") and len(address) > _LONGEST_5:
            what = f"too long for MySQL 5, which takes at most {_LONGEST_5} characters of {address!r}"
            raise bad(f"{subject.path}: name", what, subject.name, "shorten it, or use MySQL 8")
        spec: kubedb_com.MySQLSpec = {
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
            group = _group_name(subject.path, subject.namespace)
            spec["topology"] = {"mode": "GroupReplication", "group": {"mode": "Single-Primary", "name": group}}
        if wanted.spec.settings:
            spec["configuration"] = {"inline": {"my.cnf": mysql_file(subject, wanted.spec.settings, "MySQL")}}
        return {
            "apiVersion": "kubedb.com/v1",
            "kind": "MySQL",
            "metadata": parts.metadata(subject, subject.name),
            "spec": spec,
        }


def _group_name(path: str, namespace: str | None) -> str:
    """Return the name of the group, which must be a UUID. Without it the webhook would make another one at each new object."""
    digest = hashlib.sha256(f"{namespace}/{path}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))

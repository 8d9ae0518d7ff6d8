"""One PostgreSQL in several clusters: what the Cluster of each knows of the others, which it follows by their buckets.

https://cloudnative-pg.io/documentation/1.30/replica_cluster/#distributed-topology
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.sites import Sites
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.cloudnativepg.backups import PLUGIN, object_store

if TYPE_CHECKING:
    from kmop_constructs.components.data.backup import Backup
    from kmop_constructs.components.data.bucket import AnyBucket
    from kmop_constructs.components.data.store_spec import PostgresSpec, Provision
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import barmancloud_cnpg_io, postgresql_cnpg_io

__all__ = ["Here", "here_of", "with_own_bucket"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Here:
    """One of the clusters of a database, and what it knows of the others."""

    sites: Sites
    name: str
    """Name of this cluster."""

    store: str
    """Name of the store."""

    @property
    def follows(self) -> str | None:
        """Name of the cluster that this one follows. ``None`` if this one writes."""
        primary = self.sites.primary_of(self.store, self.name)
        return None if primary == self.name else primary

    @property
    def others(self) -> dict[str, AnyBucket]:
        """Buckets of the other clusters, by name."""
        return {name: bucket for name, bucket in self.sites.copies.items() if name != self.name}

    def external_clusters(self, subject: Subject, cluster: str) -> list[postgresql_cnpg_io.ClusterExternalCluster]:
        """Return all clusters, this one too, as places of copies of a Cluster with the same name."""
        return [
            {
                "name": name,
                "plugin": {
                    "name": PLUGIN,
                    "parameters": {"barmanObjectName": self.store_name(subject, name), "serverName": cluster},
                },
            }
            for name in self.sites.copies
        ]

    def stanza(self) -> postgresql_cnpg_io.ClusterReplica:
        """Return who writes, and whom this cluster follows."""
        found: postgresql_cnpg_io.ClusterReplica = {
            "self": self.name,
            "primary": self.sites.primary_of(self.store, self.name),
            "source": self.sites.source_of(self.store, self.name),
        }
        token = self.sites.token_of(self.store, self.name)
        if token is not None:
            found["promotionToken"] = token
        return found

    def store_name(self, subject: Subject, site: str) -> str:
        """Return the name of the object store of a cluster."""
        return subject.name if site == self.name else f"{subject.name}-{site}"

    def other_stores(self, subject: Subject, backup: Backup) -> Iterator[tuple[str, barmancloud_cnpg_io.ObjectStore]]:
        """Yield the object stores of the other clusters, which are read alone, each with an id."""
        for name, bucket in self.others.items():
            there = replace(subject, cluster=replace(subject.cluster, name=name))
            found = object_store(there, replace(backup, to=bucket))
            assert found is not None
            found["metadata"]["name"] = self.store_name(subject, name)
            del found["spec"]["retentionPolicy"]
            yield f"object-store-{name}", found


def here_of(subject: Subject, spec: PostgresSpec, provision: Provision) -> Here | None:
    """Return the cluster that a store is drawn for, of those that have it together; ``None`` for a store of one cluster.

    Raises `SpecError` where something is missing that another cluster needs.
    """
    sites = provision.sites
    if sites is None:
        return None
    where = f"{subject.path}: provision.sites"
    name = subject.cluster.name
    known = ", ".join(sites.copies)
    if name is None or name not in sites.copies:
        do = "give it the name of one of them: Platform(name=…)"
        raise bad(where, f"the platform is none of its clusters, {known}", name, do)
    if provision.backup is None:
        raise SpecError(f"{where}: provision.backup is not set, and the other clusters read the copies of this one; set it: "
                        "Backup(schedule=…, keep=…)")  # fmt: skip
    if provision.backup.to not in (None, sites.copies[name]):
        what = f"not the bucket of {name!r} in Sites.copies, which the other clusters read"
        do = "leave it out, or write the same there"
        raise bad(f"{subject.path}: provision.backup.to", what, type(provision.backup.to).__name__, do)
    if spec.credentials is None:
        # https://cloudnative-pg.io/documentation/1.30/replica_cluster/#about-postgresql-roles
        raise SpecError(f"{where}: credentials is not set, and every cluster would make another password for the owner; name a Secret "
                        "with the same password in each: PostgresSpec(credentials=Credentials(user='orders', password=…))")  # fmt: skip
    if subject.name in sites.copies:
        raise bad(where, "has a cluster with the name of the store", subject.name, "give the store another name")
    return Here(sites=sites, name=name, store=subject.name)


def with_own_bucket(provision: Provision, here: Here | None) -> Provision:
    """Return a provision whose backup writes to the bucket of this cluster."""
    if here is None or provision.backup is None:
        return provision
    return replace(provision, backup=replace(provision.backup, to=here.sites.copies[here.name]))

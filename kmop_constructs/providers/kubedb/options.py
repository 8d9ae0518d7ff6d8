"""What every provider of the room has: the provision, the catalog, the licence, certificates and metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.as_drawn import AsDrawn
from kmop_constructs.components.data.drawn import report_left_out
from kmop_constructs.components.data.store_spec import Provision
from kmop_constructs.core.findings import Finding
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.names import (
    dns_subdomain,
    frozen,
    label_map,
    made_by,
    mapping,
    one_of,
    several,
    texts,
)

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import StoreSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.quantity import Size
    from kmop_constructs.values.resources import Resources

__all__ = ["Deletion", "KubeDbMonitor", "KubeDbProvider", "KubeDbTls", "LeftOut", "Licence", "version_of"]

Licence: TypeAlias = Literal["community", "enterprise"]
Deletion: TypeAlias = Literal["Delete", "DoNotTerminate", "Halt", "WipeOut"]
LeftOut: TypeAlias = Literal["backup", "generation"]
"""What the providers may ignore."""

_ENTRY = re.compile(r"([0-9]+(?:\.[0-9]+)+)(-[a-z0-9]([a-z0-9.-]*[a-z0-9])?)?")


def version_of(entry: str, prefixes: tuple[str, ...] = ()) -> tuple[int, ...] | None:
    """Return the numbers of a version in the catalog, such as those of ``valkey-8.1.1``; ``None`` for another name."""
    for prefix in prefixes:
        entry = entry.removeprefix(prefix)
    found = _ENTRY.fullmatch(entry)
    return None if found is None else tuple(map(int, found[1].split(".")))


_COMMUNITY = "demo"
"""The namespace of databases under a community licence (https://github.com/kubedb/docs/pull/415, 422)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbTls:
    """Certificates of a database, which KubeDB orders from cert-manager: ``KubeDbTls("internal-ca")``.

    The issuer must sign names of the cluster, such as ``orders-db.shop.svc``
    (https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/postgres/tls/overview/index.md).
    """

    issuer: str = field(kw_only=False)
    """Name of the issuer."""

    kind: Literal["ClusterIssuer", "Issuer"] = "ClusterIssuer"
    """Kind of the issuer: ``ClusterIssuer``, or ``Issuer`` in the namespace of each store. KubeDB supports no other. Default:
    ``ClusterIssuer``."""

    authority: ConfigKey | SecretKey | None = None
    """ConfigMap or Secret with the authority, which exists in each namespace with callers. Default: the key ``ca.crt`` of the Secret of
    the server's certificate, which callers of the same namespace can read."""

    def __post_init__(self) -> None:
        dns_subdomain("KubeDbTls.issuer", self.issuer)
        one_of("KubeDbTls.kind", self.kind, Literal["ClusterIssuer", "Issuer"])
        made_by("KubeDbTls.authority", self.authority, ConfigKey, SecretKey, type(None), secret=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbMonitor:
    """An exporter of metrics beside each instance, which the scraper of the platform (`Peers`) may read: ``KubeDbMonitor()``.

    https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/postgres/monitoring/overview.md
    """

    labels: Mapping[str, str] | None = None
    """Labels of the ServiceMonitor that KubeDB makes for the Prometheus Operator: ``{"release": "prometheus"}``. Default: none is made;
    annotations of the Service ``<store>-stats`` name the port instead."""

    def __post_init__(self) -> None:
        if self.labels is not None:
            object.__setattr__(self, "labels", label_map("KubeDbMonitor.labels", self.labels))


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbProvider:
    """Base of the providers of KubeDB v2026.7.10. Use a subclass, such as `KubeDbPostgres`."""

    guess: ClassVar[Resources]
    """Requests and limits of an instance where nobody decides them."""

    prefixes: ClassVar[tuple[str, ...]] = ()
    """What names of the catalog may begin with."""

    numbers: ClassVar[int] = 3
    """The fewest numbers of a version in the catalog."""

    provision: Provision = Provision()
    """The platform's decisions for every store; a spec may override its fields. Default: none."""

    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Entries of KubeDB's catalog by `StoreSpec.version`: ``{"17": "17.9-bookworm"}``. An entry is an object of the cluster, such as a
    PostgresVersion, with the images of a version; without it the webhook refuses the database. Default: none; the version of a spec
    is the name of its entry, and must be a full version."""

    licence: Licence = "community"
    """The licence file of the operator: ``community`` is for databases in the namespace ``demo``, ``enterprise`` for every namespace and
    for `tls`. Default: ``community``; a store elsewhere is then an error."""

    tls: KubeDbTls | None = None
    """Certificates of the instances. Needs the licence ``enterprise``. Default: none, and no TLS."""

    deletion: Deletion = "Halt"
    """What stays when the database is deleted: with ``Halt`` its claims and Secrets, with ``Delete`` its Secrets, with ``WipeOut``
    nothing; with ``DoNotTerminate`` the webhook refuses to delete it
    (https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/postgres/concepts/postgres.md#specdeletionpolicy). Default: ``Halt``."""

    placement: str = "default"
    """Name of the PlacementPolicy by which KubeDB spreads instances over nodes and zones. Default: ``default``, which its installation
    makes."""

    monitor: KubeDbMonitor | None = None
    """An exporter of metrics beside each instance. Default: none."""

    leaves_out: tuple[LeftOut, ...] = ()
    """What is ignored with a notice instead of an error: ``backup``, because somebody else makes copies; ``generation`` of a
    PostgreSQL, so that one store keeps its data while another platform recovers its own. Default: none."""

    def __post_init__(self) -> None:
        where = type(self).__name__
        made_by(f"{where}.provision", self.provision, Provision)
        versions = mapping(f"{where}.versions", self.versions)
        texts(f"{where}.versions", [*versions])
        for entry in versions.values():
            dns_subdomain(f"{where}.versions", entry)
        object.__setattr__(self, "versions", frozen(dict(sorted(versions.items()))))
        one_of(f"{where}.licence", self.licence, Licence)
        made_by(f"{where}.tls", self.tls, KubeDbTls, type(None))
        if self.tls is not None and self.licence != "enterprise":
            raise UnsupportedError(
                f"{where}.tls: KubeDB orders certificates under an enterprise licence alone, got licence={self.licence!r}; name it: "
                f"{where}(licence='enterprise')"
            )
        one_of(f"{where}.deletion", self.deletion, Deletion)
        dns_subdomain(f"{where}.placement", self.placement)
        made_by(f"{where}.monitor", self.monitor, KubeDbMonitor, type(None))
        object.__setattr__(self, "leaves_out", several(f"{where}.leaves_out", self.leaves_out))
        for each in self.leaves_out:
            one_of(f"{where}.leaves_out", each, LeftOut)

    def admit(self, subject: Subject, provision: Provision) -> None:
        """Refuse what no database of KubeDB can be told, and a namespace that the licence is not for."""
        where = type(self).__name__
        if self.licence == "community" and subject.namespace != _COMMUNITY:
            raise UnsupportedError(
                f"{subject.path}: namespace: KubeDB's community licence is for databases in the namespace {_COMMUNITY!r}, got "
                f"{subject.namespace!r}; name the licence of the operator: {where}(licence='enterprise')"
            )
        if self.tls is not None and subject.namespace is None:
            raise SpecError(f"{subject.path}: tls: instances verify each other by names with the namespace, and the chart sets none; set "
                            f"one: KmopChart(…, namespace=…), or leave {where}.tls out")  # fmt: skip
        if provision.pooler is not None:
            raise UnsupportedError(
                f"{subject.path}: provision.pooler: a pooler of KubeDB is a resource of its own, which this library does not draw; remove "
                "it, or for PostgreSQL name CloudNativePg, which has one"
            )

    def catalog_version(self, subject: Subject, spec: StoreSpec) -> str:
        """Return the entry of the catalog for the version of a spec."""
        if spec.version in self.versions:
            return self.versions[spec.version]
        if (numbers := version_of(spec.version, self.prefixes)) is None or len(numbers) < self.numbers:
            what = "not the name of an entry of KubeDB's catalog, which has full versions"
            raise bad(f"{subject.path}: version", what, spec.version,
                      f"write a full one, or map it: {type(self).__name__}(versions={{{spec.version!r}: …}})")  # fmt: skip
        return spec.version

    def storage_of(self, subject: Subject, provision: Provision) -> Size:
        """Return the size of the claim of each instance."""
        if provision.storage is None:
            raise SpecError(f"{subject.path}: provision.storage: not set, and every instance keeps the data in a claim; set it in the "
                            f"spec (provision=Provision(storage=Size.gib(20))), or for the platform: {type(self).__name__}(provision=…)")  # fmt: skip
        return provision.storage

    def notices(self, subject: Subject, provision: Provision, instances: int) -> Iterator[Finding]:
        """Yield the notices that databases of every kind have."""
        name = type(self).__name__
        if provision.backup is not None:
            yield self._without_backup(subject)
        if provision.resources is None:
            message = (f"provision.resources is not set, so {self.guess.cpu} CPU and {self.guess.memory} memory are assumed for each "
                       "instance")  # fmt: skip
            yield Finding(path=subject.path, rule="resources-guessed", severity="notice", message=message)
        if instances == 1:
            message = "runs one instance, so a drain of its node is an outage; set provision.instances=3"
            yield Finding(path=subject.path, rule="single-replica", severity="notice", message=message)
        if self.tls is None:
            message = (f"has no TLS, so data is readable on the network; set {name}(licence='enterprise', tls=KubeDbTls('internal-ca')) "
                       "with an issuer of cert-manager")  # fmt: skip
            yield Finding(path=subject.path, rule="store-plain", severity="notice", message=message)
        if subject.cluster.registries:
            message = "its images are named by KubeDB's catalog, so registries of the platform changes none of them"
            yield Finding(path=subject.path, rule="images-of-operator", severity="notice", message=message)
        if self.monitor is not None and subject.cluster.peers.scraper is None and subject.cluster.isolation != "off":
            message = ("has an exporter of metrics, but the platform does not set its scraper; set peers=Peers(scraper=Pods.of(…)) on "
                       "the platform")  # fmt: skip
            yield Finding(path=subject.path, rule="peer-unknown", message=message)

    def as_drawn(self, provision: Provision, *, owner: str | None = None, form: str | None = None) -> AsDrawn:
        """Return what is drawn of a store: no copies. `owner` is created by a script when the first instance starts."""
        return AsDrawn(provision=replace(provision, backup=None), owner=owner, form=form)

    def _without_backup(self, subject: Subject) -> Finding:
        reason = subject.cluster.accepts_missing.get("backup")
        name = type(self).__name__
        why = "KubeDB's databases are copied by KubeStash, which this library does not draw"
        if "backup" not in self.leaves_out and reason is None:
            raise UnsupportedError(
                f"{subject.path}: provision.backup: {why}; CloudNativePg draws copies of PostgreSQL and Eck those of Elasticsearch, a Dump "
                f"is one of a PostgreSQL or MySQL; if another tool makes copies, ignore the field: {name}(leaves_out=('backup',))"
            )
        return report_left_out(subject, "backup of its provision", why, reason)

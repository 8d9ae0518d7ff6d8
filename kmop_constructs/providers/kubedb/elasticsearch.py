"""Elasticsearch by KubeDB, as a provider of a platform. It makes no user of an application: its webhook admits built-in ones alone.

``allowedInternalUsers`` in https://github.com/kubedb/apimachinery/blob/v0.66.0/pkg/webhooks/kubedb/v1/elasticsearch.go, names of Secrets and
defaults in https://github.com/kubedb/apimachinery/blob/v0.66.0/apis/kubedb/v1/elasticsearch_helpers.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.components.data.store_spec import ElasticsearchSpec
from kmop_constructs.components.data.technology import ELASTICSEARCH
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.providers.kubedb import names, parts
from kmop_constructs.providers.kubedb.logins import administrator
from kmop_constructs.providers.kubedb.options import KubeDbProvider
from kmop_constructs.providers.kubedb.services import Database
from kmop_constructs.providers.kubedb.settings import elasticsearch_file
from kmop_constructs.providers.kubedb.traffic import own_traffic
from kmop_constructs.values.names import flag
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import Provision
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import kubedb_com
    from kmop_constructs.values.pods import Peer

    from constructs import Construct

__all__ = ["KubeDbElasticsearch"]

_PORT, _TRANSPORT_PORT = 9200, 9300
_ALIAS = "http"
"""Name of the certificate at the port of callers (``ElasticsearchHTTPCert``)."""

_ENTRY = re.compile(r"xpack-\d+\.\d+\.\d+")


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbElasticsearch(KubeDbProvider):
    """Draws `Elasticsearch` for KubeDB v2026.7.10: three nodes with all roles, whose callers are the superuser.

    ``Platform(elasticsearch=KubeDbElasticsearch(superuser=True, licence="enterprise", provision=Provision(storage=Size.gib(50))))``. The only
    user that it makes for callers is ``elastic``, so `superuser` must say so. `Eck` makes users with rights on some indices.
    """

    guess: ClassVar[Resources] = Resources(cpu=Cpu("500m"), memory=Size("4Gi"))
    prefixes: ClassVar[tuple[str, ...]] = ("xpack-",)

    superuser: bool = False
    """Whether callers log in as the superuser ``elastic``, the only login that KubeDB makes. Default: false; every store is an error."""

    def __post_init__(self) -> None:
        KubeDbProvider.__post_init__(self)
        flag("KubeDbElasticsearch.superuser", self.superuser)

    def names(self, subject: Subject, spec: ElasticsearchSpec, /) -> StoreNames:
        """Return the names that callers will use: the Service, the superuser's login, and the authority with TLS."""
        name = names.check_name(subject, "Elasticsearch")
        if spec.credentials is not None:
            raise UnsupportedError(
                f"{subject.path}: credentials: KubeDB makes no user of Elasticsearch beside the built-in ones; name Eck, which makes it with "
                "its rights, or leave credentials out: KubeDbElasticsearch(superuser=True)"
            )
        if not self.superuser:
            raise UnsupportedError(
                f"{subject.path}: credentials: the only login that KubeDB makes is that of the superuser; name Eck, or let callers be the "
                "superuser: KubeDbElasticsearch(superuser=True)"
            )
        login = administrator(f"{subject.path}: password", name, spec.password)
        store = _database(subject).store(ELASTICSEARCH, name, credentials=login, tls=self.tls, alias=_ALIAS)
        return StoreNames(primary=store)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: ElasticsearchSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        self.admit(subject, provision)
        nodes = _nodes(subject, provision)
        notices: tuple[Finding, ...] = tuple(self._notices(subject, provision, nodes))
        database = _database(subject)
        pods, chosen = database.pods, provision.resources or self.guess
        if chosen.effective_memory_limit is None:
            what = "no memory limit, from which KubeDB takes the size of the heap"
            raise bad(f"{subject.path}: provision.resources", what, "none", "write Resources.of('1', '4Gi')")
        traffic = own_traffic(
            subject, "Elasticsearch", (_PORT,), (_TRANSPORT_PORT,), monitored=self.monitor is not None, uses_api=False
        )
        made = (*database.services(accepts), *database.secrets(intent.password, self.tls, alias=_ALIAS))
        drawn = DrawnStore(scope, id, (*traffic.notices(), *notices, *made, self.as_drawn(provision)))
        spec: kubedb_com.ElasticsearchSpec = {
            "version": self._version(subject, intent),
            "replicas": nodes,
            "enableSSL": self.tls is not None,
            # By default a privileged container sets vm.max_map_count of the node of Kubernetes.
            "kernelSettings": {"disableDefaults": True},
            "configuration": {"inline": {"elasticsearch.yml": elasticsearch_file(subject, intent.settings)}},
            "storageType": "Durable",
            "storage": parts.claim(self.storage_of(subject, provision), provision.storage_class),
            "deletionPolicy": self.deletion,
            "podTemplate": parts.pod_template(pods, "elasticsearch", chosen, {}, placement=self.placement),
            **parts.optional(pods, admin=intent.password, tls=self.tls, monitor=self.monitor, alias=_ALIAS),
        }
        if nodes > 1:
            spec["maxUnavailable"] = 1
        resource: kubedb_com.Elasticsearch = {
            "apiVersion": "kubedb.com/v1",
            "kind": "Elasticsearch",
            "metadata": parts.metadata(subject, subject.name),
            "spec": spec,
        }
        Manifest(drawn, "elasticsearch", resource)
        if (policy := traffic.policy()) is not None:
            Manifest(drawn, "traffic", policy)
        return drawn

    def _version(self, subject: Subject, spec: ElasticsearchSpec) -> str:
        """Return the entry of the catalog: ``xpack-`` and the version, unless the platform maps it to another."""
        if spec.version in self.versions:
            return self.versions[spec.version]
        found = self.catalog_version(subject, spec)
        entry = found if found.startswith("xpack-") else f"xpack-{found}"
        if not _ENTRY.fullmatch(entry):
            what = "not a whole version of Elasticsearch, of which KubeDB's catalog has 'xpack-9.2.3'"
            raise bad(f"{subject.path}: version", what, spec.version, "write '9.2.3'")
        return entry

    def _notices(self, subject: Subject, provision: Provision, nodes: int) -> Iterator[Finding]:
        if provision.synchronous:
            raise UnsupportedError(f"{subject.path}: provision.synchronous: Elasticsearch waits for the copies that are there, and an index "
                                   "decides whether it waits for missing ones (wait_for_active_shards); leave it out")  # fmt: skip
        yield from self.notices(subject, provision, nodes)


def _database(subject: Subject) -> Database:
    return Database(subject=subject, kind="Elasticsearch", name=subject.name, port=_PORT, standby=False)


def _nodes(subject: Subject, provision: Provision) -> int:
    count = 3 if provision.instances is None else provision.instances
    if count == 2:
        # https://www.elastic.co/docs/deploy-manage/production-guidance/availability-and-resilience/resilience-in-small-clusters
        what = "two nodes, and a majority of two is both"
        raise bad(f"{subject.path}: provision.instances", what, 2, "use 3, or 1 without fail-over")
    return count

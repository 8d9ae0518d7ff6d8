"""etcd by the official image: members that find each other by their DNS names, with TLS between them and for clients.

Facts of the image, from https://github.com/etcd-io/etcd (Dockerfile): no shell, and the program is ``/usr/local/bin/etcd``. Flags are
those of https://etcd.io/docs/v3.6/op-guide/configuration/; checks are ``/livez`` and ``/readyz``, which every member from 3.6 on has
(https://etcd.io/docs/v3.6/op-guide/monitoring/), on a port without TLS, because the kubelet presents no certificate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.etcd import EtcdStore, EtcdVerbs
from kmop_constructs.components.data.store_spec import EtcdSpec, StoreSpec, etcd_quota
from kmop_constructs.components.data.technology import ETCD
from kmop_constructs.core.edges import ServiceRef
from kmop_constructs.core.made import MakesService
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.errors import bad
from kmop_constructs.providers.native.data.pod import Ids, PodOfImage, StoreArguments, check_arguments, settings_of
from kmop_constructs.providers.native.data.provider import NativeStoreProvider
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.certificate import HeldCertificate, ServerTls, ServiceCertificate
from kmop_constructs.values.env import PodField
from kmop_constructs.values.image import Image
from kmop_constructs.values.names import flag, made_by
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Health, HttpGet
from kmop_constructs.values.quantity import Cpu, Size, whole
from kmop_constructs.values.resources import Resources
from kmop_constructs.workloads.platform import Platform

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import StoreNames
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.stateful import StatefulSpec

    from constructs import Construct

__all__ = ["NativeEtcd", "NativeEtcdProvider"]

GUESS = Resources(cpu=Cpu("250m"), memory=Size("1Gi"))
PEER_PORT, METRICS_PORT = 2380, 2381
DATA = "/var/lib/etcd"
RETENTION = "1h"
"""How long old revisions are kept, as the administrators of etcd advise for short histories
(https://etcd.io/docs/v3.6/op-guide/maintenance/#auto-compaction)."""

_FLAG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_OURS = (
    "advertise-client-urls",
    "auto-tls",
    "cert-file",
    "client-cert-auth",
    "config-file",
    "data-dir",
    "discovery",
    "force-new-cluster",
    "initial-advertise-peer-urls",
    "initial-cluster",
    "initial-cluster-state",
    "initial-cluster-token",
    "key-file",
    "listen-client-http-urls",
    "listen-client-urls",
    "listen-metrics-urls",
    "listen-peer-urls",
    "peer-auto-tls",
    "peer-cert-allowed-hostname",
    "peer-cert-file",
    "peer-client-cert-auth",
    "peer-key-file",
    "peer-skip-client-san-verification",
    "peer-trusted-ca-file",
    "quota-backend-bytes",
    "trusted-ca-file",
    "unsafe-no-fsync",
)
"""Flags that this module sets, and those that undo them."""


class NativeEtcd(NativeData, EtcdVerbs):
    """An etcd of three members: ``config.client("/config/orders/")`` is the edge for callers.

    A majority of the members must be there, so one of three may be lost, and a drain takes one at a time. The members are listed when
    the cluster is made: to change their number later, a person adds or removes a member with etcdctl first.
    """

    technology = ETCD

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        storage: Size,
        certificate: ServiceCertificate | None,
        client_certificates: bool = True,
        quota: Size | None = None,
        replicas: int = 3,
        storage_class: str | None = None,
        resources: Resources | None = None,
        settings: Mapping[str, str] | None = None,
        options: NativeDataOptions | None = None,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw an etcd.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store unless `options` set another. Do not change it later: the objects
                would be replaced.
            image: The official image, 3.6 or newer: ``Image("gcr.io/etcd-development/etcd:v3.7.3")``.
            storage: Size of each member's claim. Existing claims can only grow, and are changed one by one.
            certificate: The certificate of the members, for clients and for each other; see `EtcdSpec.certificate`.
            client_certificates: Whether clients must present a certificate. Default: true.
            quota: Size of the database above which nothing more is written. Default: half of `storage`, at most 8Gi.
            replicas: Number of members, an odd number, because a majority must be available. Default: three.
            storage_class: Name of the StorageClass. Immutable. Default: the default StorageClass of the cluster.
            resources: Requests and limits. Default: an estimate, with a notice.
            settings: Flags without the dashes in front, which override those of this class: ``{"auto-compaction-retention": "8h"}``.
                Default: none.
            options: Options of native pods. Default: `NativeDataOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what the store itself uses. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.
        """
        where, wanted = check_arguments(
            scope,
            id,
            technology=ETCD,
            image=image,
            storage=storage,
            storage_class=storage_class,
            resources=resources,
            guess=GUESS,
            options=options,
        )
        whole(f"{where}: replicas", replicas, lowest=1)
        if replicas % 2 == 0:
            what = "an even number, and half of it is no majority"
            raise bad(f"{where}: replicas", what, replicas, "use one more or one less")
        made_by(f"{where}: storage", storage, Size)
        made_by(f"{where}: certificate", certificate, ServiceCertificate, type(None))
        flag(f"{where}: client_certificates", client_certificates)
        made_by(f"{where}: quota", quota, Size, type(None))
        own = certificate if certificate is None else replace(certificate, reloads=True)
        clients = own is not None and client_certificates
        flags = dict(_flags(wanted, replicas, own, clients=clients))
        flags["quota-backend-bytes"] = str(etcd_quota(where, storage, quota))
        flags |= _checked(where, settings)
        pod = PodOfImage(
            ids=Ids(user=65532, group=65532),
            ports=[
                Port.tcp(ETCD.port, name="client", tls=own is not None, client_certificates=clients),
                Port(PEER_PORT, name="peer", speaks="tcp", exposed=False),
                Port(METRICS_PORT, name="metrics", exposed=False),
            ],
            data=DATA,
            env={"POD_NAME": PodField("metadata.name")},
            args=[f"--{name}" if value == "" else f"--{name}={value}" for name, value in flags.items()],
            health=Health(
                readiness=HttpGet("/readyz", port="metrics"),
                liveness=HttpGet("/livez", port="metrics"),
                # A member is not ready without a majority, and a restart would not bring one.
                startup=HttpGet("/livez", port="metrics"),
            ),
        )
        spec = replace(wanted.spec(pod, replicas=replicas), command=("/usr/local/bin/etcd",), certificate=own)
        super().__init__(
            scope,
            id,
            spec,
            database=None,
            credentials=None,
            guessed=resources is None,
            platform=platform,
            uses=uses,
            accepts=accepts,
        )

    def _etcd(self) -> EtcdStore:
        without = "set its certificate: NativeEtcd(certificate=ServiceCertificate())"
        return EtcdStore(title=self.path, calls=(self.ref().tcp(env=None),), without_tls=without)

    def _needs(self, spec: StatefulSpec) -> tuple[tuple[int, ...], str] | None:
        # https://github.com/etcd-io/etcd/blob/main/CHANGELOG/CHANGELOG-3.6.md
        del spec
        return (3, 6), "its checks are /livez and /readyz"


def _checked(where: str, settings: Mapping[str, str] | None) -> dict[str, str]:
    """Return the checked flags of the caller."""
    found = settings_of(where, settings)
    for name in found:
        if not _FLAG.fullmatch(name):
            rule = "write it without the dashes in front: 'auto-compaction-retention'"
            raise bad(f"{where}: settings", "not the name of a flag", name, rule)
        if name in _OURS:
            raise bad(f"{where}: settings", "set by the library from other fields", name, "remove it")
    return found


def _flags(
    wanted: StoreArguments, replicas: int, certificate: ServiceCertificate | None, *, clients: bool
) -> Iterator[tuple[str, str]]:
    """Yield the flags of a member, in the order of the documentation. An empty text is a flag without a value."""
    scheme = "http" if certificate is None else "https"
    suffix = "" if wanted.namespace is None else f".{wanted.namespace}.svc"
    peers = f"{wanted.peers}{suffix}"
    listed = ",".join(
        f"{wanted.name}-{number}={scheme}://{wanted.name}-{number}.{peers}:{PEER_PORT}" for number in range(replicas)
    )
    token = wanted.name if wanted.namespace is None else f"{wanted.namespace}-{wanted.name}"
    yield "name", "$(POD_NAME)"
    yield "data-dir", f"{DATA}/data"
    yield "listen-peer-urls", f"{scheme}://0.0.0.0:{PEER_PORT}"
    yield "listen-client-urls", f"{scheme}://0.0.0.0:{ETCD.port}"
    yield "listen-metrics-urls", f"http://0.0.0.0:{METRICS_PORT}"
    yield "initial-advertise-peer-urls", f"{scheme}://$(POD_NAME).{peers}:{PEER_PORT}"
    yield "advertise-client-urls", f"{scheme}://$(POD_NAME).{peers}:{ETCD.port}"
    yield "initial-cluster", listed
    yield "initial-cluster-state", "new"
    yield "initial-cluster-token", token
    yield "auto-compaction-mode", "periodic"
    yield "auto-compaction-retention", RETENTION
    if certificate is None:
        return
    files = {"cert-file": "tls.crt", "key-file": "tls.key", "trusted-ca-file": "ca.crt"}
    for name, key in files.items():
        yield name, certificate.file(key)
    if clients:
        yield "client-cert-auth", ""
    for name, key in files.items():
        yield f"peer-{name}", certificate.file(key)
    yield "peer-client-cert-auth", ""
    # The authority may sign other workloads too: only members have the name of their headless Service.
    yield "peer-cert-allowed-hostname", peers


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeEtcdProvider(NativeStoreProvider):
    """Draws `Etcd` as `NativeEtcd`: three members, unless the provision says another number. Default provider of a platform.

    ``Platform(etcd=NativeEtcdProvider(provision=Provision(storage=Size.gib(8))))``
    """

    technology = ETCD
    job = "etcd"
    repository = "gcr.io/etcd-development/etcd"

    def image(self, spec: StoreSpec) -> Image:
        """Return the image of the spec's version. Tags of etcd begin with ``v``."""
        tag = spec.version if spec.version.startswith("v") else f"v{spec.version}"
        return self.images.get(spec.version) or Image(f"{self.repository}:{tag}")

    def names(self, subject: Subject, spec: EtcdSpec, /) -> StoreNames:
        """Return the names that callers will use."""
        names = self.store_names(subject, database=None, credentials=None)
        service = names.primary.name
        reference = ServiceRef(
            service,
            port=ETCD.port,
            namespace=subject.namespace,
            chart=None if subject.namespace is not None else subject.chart,
        )
        if spec.certificate is not None:
            tls = ServerTls(client_certificates=spec.client_certificates)
            reference = replace(reference, tls=tls, certificate=self._held(subject, service, spec.certificate))
        return replace(names, primary=replace(names.primary, call=reference.tcp(env=None), tls=bool(reference.tls)))

    def _held(self, subject: Subject, service: str, certificate: ServiceCertificate) -> HeldCertificate:
        """Return the certificate of the members, before they are drawn."""
        name = self.options.identity.name or subject.name
        port = Port.tcp(ETCD.port, name="client", tls=True)
        ports = (NamedPort(name="client", number=ETCD.port, offered=ETCD.port, spec=port),)
        facts = MakesService(subject=subject, name=service, ports=ports, pod_labels=subject.labels).facts
        workload = replace(facts, name=name, workload=("apps/v1", "StatefulSet"))
        own = replace(certificate, reloads=True)
        return HeldCertificate(spec=own, names=Platform.of(subject.cluster).certificates.names(workload, own))

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: EtcdSpec, accepts: tuple[Peer, ...]
    ) -> NativeEtcd:
        """Draw the store. The platform calls this."""
        # A write is acknowledged when most of the members have it, so it is synchronous with several.
        provision, notices = self.provisioned(subject, intent, clusters=True, majority=True)
        store = NativeEtcd(
            scope,
            id,
            **self.in_pods(subject, intent, provision, accepts),
            storage=self.storage(subject, provision),
            certificate=intent.certificate,
            client_certificates=intent.client_certificates,
            quota=intent.quota,
            replicas=3 if provision.instances is None else provision.instances,
            settings=intent.settings,
        )
        return self.told(store, notices, provision)

"""Properties of a cluster that hold for everything drawn for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from functools import total_ordering
from pathlib import Path
from typing import Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad, shown
from kmop_constructs.values.image import registry
from kmop_constructs.values.names import (
    dns_label,
    dns_subdomain,
    flag,
    frozen,
    made_by,
    mapping,
    one_of,
    secret_name,
    several,
    texts,
)
from kmop_constructs.values.pods import Peer, check_peer, cidrs

__all__ = ["Cluster", "ClusterIdentity", "Isolation", "KubernetesVersion", "Operator", "Peers", "Watches"]

Isolation: TypeAlias = Literal["full", "ingress_only", "off"]

Watches: TypeAlias = Literal["all", "own"]
"""Namespaces that an operator watches where nobody sets them: all, or its own alone."""

_EVERY = "*"

Defaults: TypeAlias = Literal["2026.1"]
"""Sets of defaults, oldest first."""

_VERSION = re.compile(r"v?1\.([0-9]+)(?:\.[0-9]+)?(?:[-+].*)?")
OLDEST = 27


@total_ordering
@dataclass(frozen=True, kw_only=True, slots=True)
class KubernetesVersion:
    """A minor version of Kubernetes: ``KubernetesVersion("1.30")``."""

    text: str = field(kw_only=False)
    """Version such as ``1.30``. A patch version is accepted and ignored."""

    def __post_init__(self) -> None:
        match = _VERSION.fullmatch(self.text) if isinstance(self.text, str) else None
        if not match:
            raise bad("KubernetesVersion", "not a version of Kubernetes", self.text, "write it as text, such as '1.30'")
        if int(match[1]) < OLDEST:
            raise bad("KubernetesVersion", f"older than 1.{OLDEST}, the oldest supported", self.text, "upgrade")

    @property
    def minor(self) -> int:
        """Minor version, such as 30."""
        match = _VERSION.fullmatch(self.text)
        assert match
        return int(match[1])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KubernetesVersion) and self.minor == other.minor

    def __hash__(self) -> int:
        return hash(self.minor)

    def __lt__(self, other: KubernetesVersion) -> bool:
        return self.minor < other.minor if isinstance(other, KubernetesVersion) else NotImplemented

    def __str__(self) -> str:
        return f"1.{self.minor}"


_DRAWN_FOR = KubernetesVersion("1.30")
"""The version for which a cluster without one is drawn."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Peers:
    """Peers that are not declared as services of an app. If a service needs a peer and it is not set, there is a finding."""

    dns: Peer | None = None
    """DNS servers, with their port if it is not 53. Default: any address on port 53, because node-local caches and hosts are not pods."""

    ingress_controller: Peer | None = None
    """Pods of the ingress controller or gateway. Exposed services admit them. Default: unknown."""

    scraper: Peer | None = None
    """Pods that scrape metrics. Services with metrics admit them. Default: unknown."""

    api_server: Peer | None = None
    """Kubernetes API server: the addresses of its endpoints (``kubectl get endpoints kubernetes``) with their port, usually 6443.
    The address of its Service alone opens nothing with most network plug-ins, which compare addresses after the Service was
    resolved. Pods with permissions may connect to it. Default: unknown."""

    def __post_init__(self) -> None:
        for name in ("dns", "ingress_controller", "scraper", "api_server"):
            check_peer(f"Peers.{name}", getattr(self, name), called=name in ("dns", "api_server"))


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ClusterIdentity:
    """Identity of a cluster. Charts with equal identities are in the same cluster."""

    name: str = ""
    """Name of the cluster. Default: empty, no name."""

    environment: str = ""
    """Purpose of the cluster, such as ``production``. Default: empty, no environment."""

    region: str = ""
    """Location of the cluster, such as ``eu-west-1``. Default: empty, no region."""

    def __str__(self) -> str:
        return "/".join(each for each in (self.environment, self.region, self.name) if each)


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """Namespace of an operator, and the namespaces that it watches."""

    namespace: str = field(kw_only=False)
    """Namespace of the operator's pods."""

    watches: tuple[str, ...] = ()
    """Namespaces in which the operator acts on objects, or ``("*",)`` for all. Objects of its kinds in another namespace are the
    finding ``operator-watches``. Default: what the tool watches by its own default (`Tool.watches`): all for most, and its own
    namespace alone for MongoDB Controllers for Kubernetes and Strimzi."""

    def __post_init__(self) -> None:
        dns_label("Operator.namespace", self.namespace)
        object.__setattr__(self, "watches", texts("Operator.watches", self.watches))
        if self.watches == (_EVERY,):
            return
        for each in self.watches:
            if each == _EVERY:
                what = "all namespaces beside single ones"
                raise bad("Operator.watches", what, ", ".join(self.watches), f"write ({_EVERY!r},), or the names alone")
            dns_label("Operator.watches", each)

    def watched(self, by_default: Watches = "all") -> tuple[str, ...] | None:
        """Return the namespaces in which the operator acts on objects; ``None`` for all. `by_default` is `Tool.watches`."""
        if self.watches:
            return None if self.watches == (_EVERY,) else self.watches
        return None if by_default == "all" else (self.namespace,)

    def acts_in(self, namespace: str | None, by_default: Watches = "all") -> bool:
        """Return whether the operator acts on objects of a namespace. An unknown namespace (``None``) counts as watched."""
        watched = self.watched(by_default)
        return watched is None or namespace is None or namespace in watched


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """A cluster: its identity, its version, and the settings of everything drawn for it."""

    name: str | None = None
    """Name of the cluster. An app may have charts for several clusters; clusters differ in name, environment or region.
    The objects, edges and checks of each cluster are handled separately. Default: none."""

    environment: str | None = None
    """Purpose of the cluster, such as ``staging`` or ``production``. Default: not set."""

    region: str | None = None
    """Location of the cluster, such as ``eu-west-1``. Default: not set."""

    domain: str = "cluster.local"
    """DNS domain of Services: the kubelets' ``clusterDomain``. Default: ``cluster.local``."""

    pod_ranges: tuple[str, ...] = ()
    """Address ranges of the pods. A NetworkPolicy for an external host with unknown addresses excludes these ranges.
    Default: unknown; private ranges are excluded in any case."""

    service_ranges: tuple[str, ...] = ()
    """Address ranges of the Services; used like `pod_ranges`. Default: unknown."""

    node_ranges: tuple[str, ...] = ()
    """Address ranges of the nodes; used like `pod_ranges`, and for connections to and from pods on the network of their
    node. Default: unknown."""

    operators: Mapping[str, Operator] = field(default_factory=dict[str, Operator])
    """Location of operators, by tool name: ``{"cloudnativepg": Operator("cnpg-system")}``. A key that is the name of no tool is an
    error. Default: the namespace of the tool's own installation, which watches what it watches by the tool's own default."""

    accepts_missing: Mapping[str, str] = field(default_factory=dict[str, str])
    """Features that a provider of this platform does not support and may omit, by feature name, each with a reason.
    Each synth reports them in a notice. Default: none; an unsupported feature is an error."""

    kubernetes: str | KubernetesVersion | None = None
    """Oldest Kubernetes version for which the output must be valid. A version that a tool of the platform does not run on
    (`Tool.kubernetes`) is an error. Default: not set; native objects are drawn for 1.30, and every tool is taken to run."""

    defaults: Defaults = "2026.1"
    """Set of defaults to draw with, named by year and number. A minor or patch release of this library never changes a set, so
    that an update restarts no pod; a better default is in a new set, which you choose when a restart is welcome.
    ``docs/updates.md`` lists the sets and what each restarts. Default: ``2026.1``, the oldest set of this major version."""

    peers: Peers = Peers()
    """Peers that are not services of an app. Default: DNS at any address; all others unknown."""

    isolation: Isolation = "full"
    """Directions that NetworkPolicies close: ``full`` (incoming and outgoing), ``ingress_only`` (incoming), or ``off``.
    Default: ``full``."""

    registries: Mapping[str, str] = field(default_factory=dict[str, str])
    """Registry mirrors, ``{registry: mirror}``: images of a registry are pulled from its mirror. Default: none."""

    pull_secrets: tuple[str, ...] = ()
    """Names of pull secrets for every pod. Default: none."""

    require_backups: bool = False
    """Whether a store without a backup is the finding ``store-backup``. A `Dump` of it counts as one. Default: false."""

    stores_record: str | Path | None = None
    """Absolute path of a file in the repository that says where the data of each store is, such as
    ``Path(__file__).parent / "stores.json"``. A store that is moved to another provider, name or database, shrunk, upgraded by
    too much, or taken out of the app is then the finding ``store-changed``. `kmop_constructs.outputs.record_stores` writes it. Default: none, changes are
    not noticed."""

    def __post_init__(self) -> None:
        flag("Cluster.require_backups", self.require_backups)
        made_by("Cluster.stores_record", self.stores_record, str, Path, type(None))
        if self.stores_record is not None and not Path(self.stores_record).is_absolute():
            what = "write Path(__file__).parent / …"
            raise bad("Cluster.stores_record", "not an absolute path", str(self.stores_record), what)
        if self.kubernetes is not None and not isinstance(self.kubernetes, KubernetesVersion):
            object.__setattr__(self, "kubernetes", KubernetesVersion(self.kubernetes))
        for name in ("name", "environment", "region"):
            if getattr(self, name) is not None:
                dns_label(f"Cluster.{name}", getattr(self, name))
        dns_subdomain("Cluster.domain", self.domain)
        for name in ("pod_ranges", "service_ranges", "node_ranges"):
            object.__setattr__(self, name, cidrs(f"Cluster.{name}", getattr(self, name)))
        operators = mapping("Cluster.operators", self.operators)
        for name, operator in operators.items():
            made_by(f"Cluster.operators[{shown(name)}]", operator, Operator)
        object.__setattr__(self, "operators", frozen(dict(sorted(operators.items()))))
        texts("Cluster.accepts_missing", list(mapping("Cluster.accepts_missing", self.accepts_missing)))
        for feature, reason in self.accepts_missing.items():
            if not isinstance(reason, str) or not reason.strip():
                raise bad(
                    f"Cluster.accepts_missing[{shown(feature)}]", "no reason", reason, "write why it may be missing"
                )
        object.__setattr__(self, "accepts_missing", frozen(dict(sorted(self.accepts_missing.items()))))
        one_of("Cluster.defaults", self.defaults, Defaults)
        made_by("Cluster.peers", self.peers, Peers)
        one_of("Cluster.isolation", self.isolation, Isolation)
        for original, mirror in mapping("Cluster.registries", self.registries).items():
            registry("Cluster.registries", original)
            registry("Cluster.registries", mirror)
        object.__setattr__(self, "registries", frozen(self.registries))
        names = several("Cluster.pull_secrets", self.pull_secrets, secret=True)
        object.__setattr__(self, "pull_secrets", tuple(secret_name("Cluster.pull_secrets", name) for name in names))

    @property
    def cluster_identity(self) -> ClusterIdentity | None:
        """Identity of the cluster. ``None`` if name, environment and region are not set."""
        parts = (self.name or "", self.environment or "", self.region or "")
        return ClusterIdentity(name=parts[0], environment=parts[1], region=parts[2]) if any(parts) else None

    @property
    def title(self) -> str:
        """Text that names the cluster in messages."""
        return str(self.cluster_identity) if self.cluster_identity is not None else "the cluster without a name"

    @property
    def version(self) -> KubernetesVersion:
        """Kubernetes version as a value that can be compared: `kubernetes`, or 1.30 where that is not set."""
        assert not isinstance(self.kubernetes, str)
        return self.kubernetes or _DRAWN_FOR

    def at_least(self, minor: int) -> bool:
        """Return whether the version is 1.`minor` or newer."""
        return self.version.minor >= minor

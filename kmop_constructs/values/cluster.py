"""What is true of a kind of cluster, whoever draws for it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import total_ordering
from typing import Literal, TypeAlias

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.image import registry
from kmop_constructs.values.names import (
    dns_label,
    dns_subdomain,
    frozen,
    label_map,
    made_by,
    mapping,
    one_of,
    several,
    texts,
)
from kmop_constructs.values.quantity import whole

__all__ = ["Cluster", "ClusterIdentity", "Isolation", "KubernetesVersion", "Operator", "Peer", "Peers"]

Isolation: TypeAlias = Literal["full", "ingress_only", "off"]

_VERSION = re.compile(r"v?1\.([0-9]+)(?:\.[0-9]+)?(?:[-+].*)?")
OLDEST = 27


@total_ordering
@dataclass(frozen=True, kw_only=True, slots=True)
class KubernetesVersion:
    """A minor version of Kubernetes: ``KubernetesVersion("1.30")``."""

    text: str = field(kw_only=False)
    """Such as ``1.30``; a patch version is taken and not looked at."""

    def __post_init__(self) -> None:
        match = _VERSION.fullmatch(self.text) if isinstance(self.text, str) else None
        if not match:
            raise bad("KubernetesVersion", "not a version of Kubernetes", self.text, "write it as text, such as '1.30'")
        if int(match[1]) < OLDEST:
            raise bad("KubernetesVersion", f"older than 1.{OLDEST}, the oldest supported", self.text, "upgrade")

    @property
    def minor(self) -> int:
        """The minor version, such as 30."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Peer:
    """Somebody at the other end of a connection: pods by namespace and labels, or addresses."""

    namespace: str | None = None
    """The namespace of the pods. Default: every namespace, if `pod_labels` is given."""

    pod_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the pods. Default: every pod of the namespace."""

    cidrs: tuple[str, ...] = ()
    """Address ranges, in place of pods. Default: none."""

    excluding: tuple[str, ...] = ()
    """Ranges within `cidrs` that are left out. Default: none."""

    ports: tuple[int, ...] = ()
    """The ports used on the peer, for connections to it. Default: those that the one who asks knows."""

    def __post_init__(self) -> None:
        if self.namespace is not None:
            dns_label("Peer.namespace", self.namespace)
        object.__setattr__(self, "pod_labels", label_map("Peer.pod_labels", self.pod_labels))
        object.__setattr__(self, "cidrs", cidrs("Peer.cidrs", self.cidrs))
        object.__setattr__(self, "excluding", cidrs("Peer.excluding", self.excluding))
        ports = several("Peer.ports", self.ports)
        object.__setattr__(self, "ports", tuple(whole("Peer.ports", port, lowest=1, highest=65535) for port in ports))
        if bool(self.cidrs) == (self.namespace is not None or bool(self.pod_labels)):
            what = "addresses and pods in one" if self.cidrs else "neither addresses nor pods"
            raise SpecError(f"Peer: {what}; give either cidrs, or namespace and pod_labels")
        for inner in self.excluding:
            if not any(within(inner, outer) for outer in self.cidrs):
                raise bad("Peer.excluding", "not within any of cidrs", inner, "leave it out, or widen cidrs")
            for outer in self.cidrs:
                if within(outer, inner):
                    raise bad("Peer.excluding", f"leaves nothing of {outer}", inner, f"take {outer} out of cidrs")

    @staticmethod
    def anywhere() -> Peer:
        """Every address."""
        return Peer(cidrs=("0.0.0.0/0", "::/0"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Peers:
    """Those that no service declares. A need whose peer is not given is a finding."""

    dns: Peer | None = None
    """Who answers DNS. Default: any address on port 53, because node-local caches and hosts are not pods."""

    ingress_controller: Peer | None = None
    """The pods of the ingress controller or gateway, let in where a service is exposed. Default: unknown."""

    scraper: Peer | None = None
    """The pods that scrape metrics, let in where a service shows some. Default: unknown."""

    api_server: Peer | None = None
    """The Kubernetes API server, reached by pods that have permissions; with its `ports`. Default: unknown."""

    def __post_init__(self) -> None:
        for name in ("dns", "ingress_controller", "scraper", "api_server"):
            made_by(f"Peers.{name}", getattr(self, name), Peer, type(None))


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class ClusterIdentity:
    """Which cluster one is. Two charts that say the same are in one cluster."""

    name: str = ""
    """Its name."""

    environment: str = ""
    """What it is for, such as ``production``."""

    region: str = ""
    """Where it is."""

    def __str__(self) -> str:
        return "/".join(each for each in (self.environment, self.region, self.name) if each)


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """Where an operator lives, and which namespaces it watches."""

    namespace: str = field(kw_only=False)
    """The namespace of its pods."""

    watches: tuple[str, ...] = ()
    """The namespaces whose objects it acts on. Default: all."""

    def __post_init__(self) -> None:
        dns_label("Operator.namespace", self.namespace)
        object.__setattr__(self, "watches", texts("Operator.watches", self.watches))
        for each in self.watches:
            dns_label("Operator.watches", each)

    def acts_in(self, namespace: str | None) -> bool:
        """Whether it acts on objects of a namespace; one that is not known counts as watched."""
        return not self.watches or namespace is None or namespace in self.watches


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Which cluster something is drawn for, its version, and what holds for everything drawn for it."""

    name: str | None = None
    """Name of the cluster. Default: none. An app may hold charts for several clusters, which they tell apart by name,
    environment and region: objects, edges and checks of each are looked at by themselves."""

    environment: str | None = None
    """What the cluster is for, such as ``staging`` or ``production``. Default: not said."""

    region: str | None = None
    """Where the cluster is. Default: not said."""

    domain: str = "cluster.local"
    """The domain of its Services, as the kubelets' ``clusterDomain`` says. Default: ``cluster.local``."""

    pod_ranges: tuple[str, ...] = ()
    """The address ranges of its pods. A host outside whose addresses are not known is never one of these. Default: not known;
    private ranges are left out anyway."""

    service_ranges: tuple[str, ...] = ()
    """The address ranges of its Services; see `pod_ranges`. Default: not known."""

    operators: Mapping[str, Operator] = field(default_factory=dict[str, Operator])
    """Where operators live, by the name of the tool: ``{"cloudnativepg": Operator("cnpg-system")}``. Default: where the
    tool's own installation puts it, watching every namespace."""

    releases: Mapping[str, str] = field(default_factory=dict[str, str])
    """Release lines of tools that are older than what this library draws: ``{"istio": "1.30"}``. A field that such a line
    lacks is refused. Default: the newest line that this library knows."""

    accepts_missing: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a provider of this platform cannot do and may leave out, by feature, each with the reason. It is a notice at every
    synth. Default: nothing; what cannot be done is refused."""

    kubernetes: str | KubernetesVersion = "1.30"
    """The oldest version of Kubernetes that the output must be valid for. Default: 1.30."""

    peers: Peers = Peers()
    """Who is at the other end where no service is. Default: DNS anywhere, nothing else known."""

    isolation: Isolation = "full"
    """What NetworkPolicies close: both directions, ``ingress_only``, or ``off``. Default: ``full``."""

    registries: Mapping[str, str] = field(default_factory=dict[str, str])
    """Mirrors: images of the registry on the left are pulled from the one on the right. Default: none."""

    pull_secrets: tuple[str, ...] = ()
    """Pull secrets of every pod. Default: none."""

    def __post_init__(self) -> None:
        if not isinstance(self.kubernetes, KubernetesVersion):
            object.__setattr__(self, "kubernetes", KubernetesVersion(self.kubernetes))
        for name in ("name", "environment", "region"):
            if getattr(self, name) is not None:
                dns_label(f"Cluster.{name}", getattr(self, name))
        dns_subdomain("Cluster.domain", self.domain)
        for name in ("pod_ranges", "service_ranges"):
            object.__setattr__(self, name, cidrs(f"Cluster.{name}", getattr(self, name)))
        operators = mapping("Cluster.operators", self.operators)
        for name, operator in operators.items():
            made_by(f"Cluster.operators[{name!r}]", operator, Operator)
        object.__setattr__(self, "operators", frozen(dict(sorted(operators.items()))))
        for line in mapping("Cluster.releases", self.releases).values():
            if not isinstance(line, str) or not re.fullmatch(r"[0-9]+(\.[0-9]+)*", line):
                raise bad("Cluster.releases", "not a release line", line, "write it as text, such as '1.30'")
        object.__setattr__(self, "releases", frozen(dict(sorted(self.releases.items()))))
        texts("Cluster.accepts_missing", list(mapping("Cluster.accepts_missing", self.accepts_missing)))
        for feature, reason in self.accepts_missing.items():
            if not isinstance(reason, str) or not reason.strip():
                raise bad(f"Cluster.accepts_missing[{feature!r}]", "no reason", reason, "write why it may be missing")
        object.__setattr__(self, "accepts_missing", frozen(dict(sorted(self.accepts_missing.items()))))
        made_by("Cluster.peers", self.peers, Peers)
        one_of("Cluster.isolation", self.isolation, Isolation)
        for original, mirror in mapping("Cluster.registries", self.registries).items():
            registry("Cluster.registries", original)
            registry("Cluster.registries", mirror)
        object.__setattr__(self, "registries", frozen(self.registries))
        pull_secrets = texts("Cluster.pull_secrets", self.pull_secrets)
        object.__setattr__(
            self, "pull_secrets", tuple(dns_subdomain("Cluster.pull_secrets", name) for name in pull_secrets)
        )

    @property
    def identity(self) -> ClusterIdentity | None:
        """Which cluster it is; ``None`` where nothing says."""
        said = (self.name or "", self.environment or "", self.region or "")
        return ClusterIdentity(name=said[0], environment=said[1], region=said[2]) if any(said) else None

    def release(self, tool: str, newest: str) -> str:
        """The release line of a tool on this cluster: what `releases` says, else the newest that a provider knows."""
        return self.releases.get(tool, newest)

    @property
    def title(self) -> str:
        """The cluster in messages."""
        return str(self.identity) if self.identity is not None else "the cluster without a name"

    @property
    def version(self) -> KubernetesVersion:
        """The version as a value that can be compared."""
        assert isinstance(self.kubernetes, KubernetesVersion)
        return self.kubernetes

    def at_least(self, minor: int) -> bool:
        """Whether the version is 1.`minor` or newer."""
        return self.version.minor >= minor


def within(inner: str, outer: str) -> bool:
    """Whether the address range `inner` is a part of `outer`, or the same."""
    one, other = ipaddress.ip_network(inner), ipaddress.ip_network(outer)
    if isinstance(one, ipaddress.IPv4Network) and isinstance(other, ipaddress.IPv4Network):
        return one.subnet_of(other)
    if isinstance(one, ipaddress.IPv6Network) and isinstance(other, ipaddress.IPv6Network):
        return one.subnet_of(other)
    return False


def cidrs(where: str, value: tuple[str, ...]) -> tuple[str, ...]:
    """Checked address ranges, as Kubernetes writes them: one address becomes the range that holds it alone."""
    checked: list[str] = []
    for item in texts(where, value):
        try:
            checked.append(str(ipaddress.ip_network(item)))
        except ValueError as error:
            raise bad(where, f"not an address range ({error})", item, "write it as 10.0.0.0/8") from None
    return tuple(checked)

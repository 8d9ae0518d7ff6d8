"""The Gateway of Istio: ports, hosts and certificates of an entry point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import ConflictError, SpecError
from kmop_constructs.values.pods import Peer, Pods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.typings import networking_istio_io as istio

__all__ = ["DEFAULT", "ISTIO", "NAMED_AUTHORITY", "ServerPart", "authority_of", "gateway", "pods", "seen"]

DEFAULT = Pods.of({"istio": "ingress"}, namespace="istio-ingress")
"""The namespace and labels of the chart istio/gateway, installed as in its documentation with the release name
``istio-ingress`` in that namespace (manifests/charts/gateway/templates/_helpers.tpl: the label ``istio`` is the release
name without ``istio-``)."""

ISTIO = "istio"
"""Name of the tool, as in `Platform.releases`."""

NAMED_AUTHORITY = "1.28"
"""The first release with caCertCredentialName (https://github.com/istio/api/blob/v1.28.0/networking/v1alpha3/gateway.proto)."""

_SUFFIX = "-cacert"
_PORT_NAME = 63


@dataclass(frozen=True, kw_only=True, slots=True)
class ServerPart:
    """Hosts that an entry point serves."""

    hosts: tuple[str, ...]
    """Hosts in the format of a Gateway, with the namespaces of accepted routes."""

    tls: Tls | None
    """HTTPS, without the settings of single routes; ``None`` for plain HTTP."""

    secret: str | None
    """Name of the Secret with the certificate; ``None`` for plain HTTP."""


def pods(where: str, peer: Peer) -> tuple[str, Mapping[str, str]]:
    """Return namespace and labels of the gateway's pods, by which Istio's objects select them."""
    if not isinstance(peer, Pods) or peer.namespace is None or not peer.labels:
        raise SpecError(f"{where}: Istio selects the gateway's pods by namespace and labels, and one of them is not set; set "
                        "both: IstioGatewayOptions(controller=Pods.of({…}, namespace=…)), or "
                        "Peers.ingress_controller of the platform")  # fmt: skip
    return peer.namespace, peer.labels


def seen(tls: Tls | None) -> Tls | None:
    """Return the TLS settings of a Gateway: all but those of routes."""
    return None if tls is None else replace(tls, hsts=None)


def authority_of(secret: str) -> str:
    """Return the name of the Secret with the CA of client certificates, from that of the certificate's Secret."""
    return f"{secret}{_SUFFIX}"


def gateway(
    name: str, namespace: str | None, selector: Mapping[str, str], wanted: Iterable[tuple[str, ServerPart]]
) -> istio.Gateway:
    """Return the Gateway that serves all these hosts. Hosts with one certificate are in one server.

    Browsers use a connection for every host of its certificate, and get 404 where another server has the host
    (https://github.com/istio/istio.io/blob/release-1.32/content/en/docs/ops/common-problems/network-issues/index.md#404-errors-occur-when-multiple-gateways-configured-with-same-tls-certificate).

    Raises `ConflictError` where two hosts use one Secret with different TLS settings.
    """
    plain: set[str] = set()
    redirected: set[str] = set()
    secure: dict[str, set[str]] = {}
    first: dict[str, tuple[str, istio.GatewayServerTls]] = {}
    for path, each in wanted:
        if each.tls is None or each.secret is None:
            plain |= set(each.hosts)
            continue
        (redirected if each.tls.redirects else plain).update(each.hosts)
        tls = _tls(each.tls, each.secret)
        before, known = first.setdefault(each.secret, (path, tls))
        if known != tls:
            raise ConflictError(f"{path}: uses the Secret {each.secret!r} with other TLS versions or client certificates than "
                                f"{before}; use the same values, or another Secret for one of them")  # fmt: skip
        secure.setdefault(each.secret, set()).update(each.hosts)
    _check_demands(secure, first)
    servers: list[istio.GatewayServer] = []
    if plain:
        servers.append({"port": {"number": 80, "name": "http", "protocol": "HTTP"}, "hosts": sorted(plain)})
    if redirected:
        servers.append({
            "port": {"number": 80, "name": "http-redirect", "protocol": "HTTP"},
            "hosts": sorted(redirected),
            "tls": {"httpsRedirect": True},
        })  # fmt: skip
    names: set[str] = set()
    for secret, hosts in sorted(secure.items()):
        port = _port_name(secret, names)
        servers.append({
            "port": {"number": 443, "name": port, "protocol": "HTTPS"},
            "hosts": sorted(hosts),
            "tls": first[secret][1],
        })  # fmt: skip
    metadata: dict[str, str] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Gateway",
        "metadata": metadata,  # pyright: ignore[reportReturnType] - built in steps
        "spec": {"selector": dict(selector), "servers": servers},
    }


def _check_demands(secure: Mapping[str, set[str]], said: Mapping[str, tuple[str, istio.GatewayServerTls]]) -> None:
    """Refuse client certificate rules that clients could bypass through a wildcard host of the same Gateway.

    The server of the wildcard host has the routes of every host below it, for connections opened with another name
    (https://github.com/istio/istio.io/blob/release-1.32/content/en/docs/ops/best-practices/security/index.md#explicitly-disable-all-the-sensitive-http-host-under-relaxed-sni-host-matching).
    """
    for secret, hosts in secure.items():
        path, tls = said[secret]
        if tls.get("mode") == "SIMPLE" and "minProtocolVersion" not in tls:
            continue
        for other, wider in secure.items():
            for host, wildcard in ((h, w) for h in sorted(hosts) for w in sorted(wider) if other != secret):
                name, pattern = host.partition("/")[2], wildcard.partition("/")[2]
                if pattern.startswith("*.") and name != pattern and name.endswith(pattern[1:]):
                    raise ConflictError(
                        f"{path}: the host {name!r} has stricter rules for clients than {pattern!r} of the same Gateway ({said[other][0]}), "
                        "and connections to that host reach its routes too; use a separate Gateway with another name for it"
                    )


def _tls(tls: Tls, secret: str) -> istio.GatewayServerTls:
    drawn: istio.GatewayServerTls = {"mode": "SIMPLE", "credentialName": secret}
    if tls.mutual is not None:
        drawn["mode"] = "OPTIONAL_MUTUAL" if tls.mutual.optional else "MUTUAL"
        ca = tls.mutual.secret
        if ca != authority_of(secret):
            # istiod takes a Secret for an authority by this suffix; it reads the Secret of that name, else the one without
            # (https://github.com/istio/istio/blob/release-1.32/pilot/pkg/credentials/kube/secrets.go, GetCaCert).
            drawn["caCertCredentialName"] = ca if ca.endswith(_SUFFIX) else authority_of(ca)
    if tls.min_version is not None:
        drawn["minProtocolVersion"] = "TLSV1_2" if tls.min_version == "1.2" else "TLSV1_3"
    return drawn


def _port_name(secret: str, taken: set[str]) -> str:
    """Return a port name that no other server of the Gateway has."""
    name = f"https-{secret.replace('.', '-')}"[:_PORT_NAME].rstrip("-")
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name[: _PORT_NAME - 4]}-{number}"
    taken.add(found)
    return found

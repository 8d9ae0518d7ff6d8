"""The Certificate of a host, an object of cert-manager, for gateways that read a Secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.derived import derive
from kmop_constructs.core.manifest import Deferred, Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.core.reading import scope_of
from kmop_constructs.errors import bad

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.components.api_gateway.entry import Listener
    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import cert_manager_io

    from constructs import Construct

__all__ = ["certificate", "draw_certificate", "draw_certificates"]


def draw_certificate(
    scope: Construct, service: ServiceFacts, hosts: Sequence[str], tls: Tls, *, namespace: str | None = None
) -> str:
    """Draw cert-manager's Certificate once for all services that share it, and return the name of its Secret.

    `scope` is the gateway construct; `namespace` is where the gateway reads Secrets. Default: the service's namespace.
    Nothing is drawn for an existing Secret. Two services with different hosts or issuers for one Secret are a finding
    of the rule ``shared-object``.
    """
    secret = tls.secret_for(hosts[0])
    if tls.issuer is None:
        return secret
    where, place, names = namespace or service.namespace, place_of(scope), sorted(hosts)
    derive(
        place,
        ("Certificate", scope_of(where, place.chart), secret),
        Deferred(
            api_version="cert-manager.io/v1",
            kind="Certificate",
            name=secret,
            namespace=where,
            draw=lambda _: _literal(secret, names, tls, namespace=where),
        ),
        says={"hosts": names, "issuer": (tls.issuer_kind, tls.issuer)},
        hint="use the same hosts and issuer, or another Secret: Tls.issued_by(…, secret_name=…)",
    )
    return secret


def draw_certificates(scope: Construct, listeners: Sequence[Listener], *, namespace: str | None = None) -> None:
    """Draw a Certificate for each Secret of an entry point that an issuer makes, with every host that shares the Secret.

    Raises `SpecError` where two listeners name different issuers for one Secret.
    """
    hosts: dict[str, list[str]] = {}
    known: dict[str, Tls] = {}
    for each in listeners:
        if each.tls is None or each.host is None or each.tls.issuer is None:
            continue
        secret = each.tls.secret_for(each.host)
        before = known.setdefault(secret, each.tls)
        if (before.issuer, before.issuer_kind) != (each.tls.issuer, each.tls.issuer_kind):
            raise bad(f"{place_of(scope).path}: listeners", f"the Secret {secret!r} has a second issuer", each.tls.issuer,
                      "use one issuer, or another Secret: Tls.issued_by(…, secret_name=…)")  # fmt: skip
        hosts.setdefault(secret, []).append(each.host)
    for secret, names in sorted(hosts.items()):
        certificate(scope, secret, names, known[secret], namespace=namespace)


def certificate(scope: Construct, secret: str, hosts: Sequence[str], tls: Tls, *, namespace: str | None = None) -> None:
    """Draw the Certificate of a Secret that an issuer makes. `namespace` is that of the Certificate. Default: the chart's."""
    Manifest(scope, f"certificate-{secret}", _literal(secret, hosts, tls, namespace=namespace))


def _literal(secret: str, hosts: Sequence[str], tls: Tls, *, namespace: str | None) -> cert_manager_io.Certificate:
    assert tls.issuer is not None
    metadata: cert_manager_io.ObjectMeta = {"name": secret}
    if namespace is not None:
        metadata["namespace"] = namespace
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": "Certificate",
        "metadata": metadata,
        "spec": {
            "secretName": secret,
            "dnsNames": list(hosts),
            "issuerRef": {"group": "cert-manager.io", "kind": tls.issuer_kind, "name": tls.issuer},
            "privateKey": {"rotationPolicy": "Always"},
        },
    }

"""The certificate of a host, asked of cert-manager by an object of its own: for gateways that read a Secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.model import scope_of
from kmop_constructs.core.place import place_of
from kmop_constructs.core.sharing import draws_once

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.components.api_gateway.tls import Tls
    from kmop_constructs.core.facts import ServiceFacts
    from kmop_constructs.typings import cert_manager_io

    from constructs import Construct

__all__ = ["draw_certificate"]


def draw_certificate(
    scope: Construct, service: ServiceFacts, hosts: Sequence[str], tls: Tls, *, namespace: str | None = None
) -> str:
    """Draw cert-manager's Certificate, once for all services that share it, and return the name of its Secret.

    `namespace` is where the gateway looks for Secrets. Default: the service's. Nothing is drawn where the Secret exists.

    Raises `ConflictError` where two services name different hosts or issuers for one Secret.
    """
    secret = tls.secret_for(hosts[0])
    if tls.issuer is None:
        return secret
    where = namespace or service.namespace
    place = place_of(scope)
    key = ("Certificate", scope_of(where, place.chart), secret)
    said = {"hosts": sorted(hosts), "issuer": (tls.issuer_kind, tls.issuer)}
    if draws_once(place, place.path, key, said, hint="name the same hosts and issuer, or another Secret: Tls.issued_by(…, secret_name=…)"):  # fmt: skip
        metadata: cert_manager_io.ObjectMeta = {"name": secret}
        if where is not None:
            metadata["namespace"] = where
        literal: cert_manager_io.Certificate = {
            "apiVersion": "cert-manager.io/v1",
            "kind": "Certificate",
            "metadata": metadata,
            "spec": {
                "secretName": secret,
                "dnsNames": sorted(hosts),
                "issuerRef": {"group": "cert-manager.io", "kind": tls.issuer_kind, "name": tls.issuer},
                "privateKey": {"rotationPolicy": "Always"},
            },
        }
        Manifest(scope, f"certificate-{secret}", literal)
    return secret

"""Pods that answer HTTP-01 challenges can be reached in namespaces with certificates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kmop_constructs.checks.certificate_names import dns_names, is_inside
from kmop_constructs.checks.inventory import Inventory, inventory_of
from kmop_constructs.checks.reading import Item
from kmop_constructs.core.plain import mapping, within

if TYPE_CHECKING:
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "SOLVER", "check"]

RULE = "challenge-blocked"
REASON = "cert-manager creates its own pods to answer HTTP-01 challenges; a policy for all pods also closes these."

SOLVER = "acme.cert-manager.io/http01-solver"
"""Label of the pods that answer challenges (https://cert-manager.io/docs/configuration/acme/http01/)."""

_ISSUERS = ("cert-manager.io/cluster-issuer", "cert-manager.io/issuer")


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find objects that request a certificate in a namespace with all pods closed, including the solver pods."""
    inventory = inventory_of(synthesis)
    policies = list(inventory.of("networking.k8s.io", "NetworkPolicy"))
    closed = {item.scope for item in policies if _closes_all(item)}
    opened = {item.scope for item in policies if SOLVER in mapping(within(item.spec, "podSelector", "matchLabels"))}
    for item, issuer in _asking(inventory):
        if item.scope in closed - opened:
            message = (
                f"requests a certificate from {issuer!r}, but a policy of the namespace closes all pods, including those that "
                "answer HTTP-01 challenges; admit requests to them with NativeNamespace(…, http01_solver=True), or allow "
                f"{RULE!r} if the issuer uses DNS-01"
            )
            yield item.notice(RULE, message)


def _asking(inventory: Inventory) -> Iterator[tuple[Item, str]]:
    """Yield objects with the name of the issuer from which they request a certificate."""
    annotated = (*inventory.of("networking.k8s.io", "Ingress"), *inventory.of("gateway.networking.k8s.io", "Gateway"))
    for item in annotated:
        annotations = mapping(within(item.object, "metadata", "annotations"))
        issuer = next((annotations[key] for key in _ISSUERS if key in annotations), None)
        if issuer is not None:
            yield item, str(issuer)
    for item in inventory.of("cert-manager.io", "Certificate"):
        # Only a private authority signs these, and it needs no challenge.
        if item.spec.get("isCA") is True or "uris" in item.spec or any(map(is_inside, dns_names(item))):
            continue
        yield item, str(within(item.spec, "issuerRef", "name"))


def _closes_all(item: Item) -> bool:
    selector = mapping(item.spec.get("podSelector"))
    types = item.spec.get("policyTypes") or ["Ingress"]
    every = not selector.get("matchLabels") and not selector.get("matchExpressions")
    return every and isinstance(types, list) and "Ingress" in types and not item.spec.get("ingress")

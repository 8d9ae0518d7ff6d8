"""The names of certificates are those of Services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from kmop_constructs.checks.inventory import inventory_of
from kmop_constructs.core.declared import Declared
from kmop_constructs.core.made import MakesService

if TYPE_CHECKING:
    from kmop_constructs.checks.reading import Item
    from kmop_constructs.core.findings import Finding
    from kmop_constructs.core.reading import Synthesis

__all__ = ["REASON", "RULE", "check", "dns_names", "is_inside"]

RULE = "certificate-names"
REASON = "Callers refuse a certificate that does not have the name of the Service that they call."


def check(synthesis: Synthesis) -> Iterator[Finding]:
    """Find certificates with names in the cluster that no Service has."""
    inventory = inventory_of(synthesis)
    certificates = list(inventory.of("cert-manager.io", "Certificate"))
    if not certificates:
        return
    domains = {"cluster.local", *(each.facts.cluster.domain for each in synthesis.facts(Declared))}
    services = {(item.scope, item.name) for item in inventory.of("", "Service")}
    services |= {(each.subject.scope, each.name) for each in synthesis.facts(MakesService)}
    anywhere = {item.name for item in inventory.of("", "Service") if item.space_unknown}
    for item in certificates:
        unknown: dict[str, str] = {}
        for name in dns_names(item):
            found = _service(name, domains)
            if found is not None and found not in services and found[1] not in anywhere:
                unknown[name] = found[1]
        if unknown:
            near = inventory.elsewhere("", "Service", next(iter(unknown.values())))
            hint = f"; {near}" if near else ""
            message = (
                f"has the name{'s' if len(unknown) > 1 else ''} {', '.join(map(repr, unknown))}, which no Service of this app "
                f"has{hint}; correct the name, or allow {RULE!r} for a Service from outside this app"
            )
            yield item.finding(RULE, message)


def dns_names(item: Item) -> list[str]:
    """Return the DNS names of a Certificate."""
    names = item.spec.get("dnsNames")
    return [each for each in cast("list[object]", names) if isinstance(each, str)] if isinstance(names, list) else []


def is_inside(name: str) -> bool:
    """Return whether a name is one inside a cluster, which no public authority signs."""
    return "." not in name or ".svc." in f"{name}."


def _service(name: str, domains: set[str]) -> tuple[str, str] | None:
    """Return namespace and name of the Service with a DNS name. ``None`` for a name outside the cluster."""
    for domain in domains:
        name = name.removesuffix(f".{domain}")
    labels = name.removeprefix("*.").split(".")
    if len(labels) < 3 or labels[-1] != "svc":
        return None
    return labels[-2], labels[-3]

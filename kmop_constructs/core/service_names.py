"""DNS names of a workload, by which callers verify its certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts

__all__ = ["account_uri", "dns_names", "service_host"]


def dns_names(facts: ServiceFacts) -> tuple[str, ...]:
    """Return the DNS names of the Services of a workload, and of its pods if they have any.

    Without a namespace of the chart, only callers of that namespace know a name: that of the Service
    (https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/).
    """
    found: list[str] = []
    for service in facts.services:
        forms = [service]
        if facts.namespace is not None:
            inside = f"{service}.{facts.namespace}"
            forms += [inside, f"{inside}.svc", f"{inside}.svc.{facts.cluster.domain}"]
        found += forms
        if service in facts.headless and facts.workload[1] == "StatefulSet":
            found += [f"*.{form}" for form in forms]
    return tuple(dict.fromkeys(found))


def account_uri(facts: ServiceFacts) -> str | None:
    """Return the URI of the account of a workload, as SPIFFE and Istio write it; ``None`` without a namespace.

    The form is in https://istio.io/latest/docs/concepts/security/#istio-identity.
    """
    if facts.namespace is None:
        return None
    return f"spiffe://{facts.cluster.domain}/ns/{facts.namespace}/sa/{facts.account}"


def service_host(facts: ServiceFacts) -> str:
    """Return a name of the main Service that is in its certificate, and that holds in other namespaces too."""
    name = facts.services[0]
    return name if facts.namespace is None else f"{name}.{facts.namespace}.svc"

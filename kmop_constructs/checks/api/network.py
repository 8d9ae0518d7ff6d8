"""Rules between the fields of Services, Ingresses and NetworkPolicies."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any

from kmop_constructs.checks.api.fields import one_of, unique
from kmop_constructs.checks.api.formats import dns_subdomain, ip_address, ip_range, listed
from kmop_constructs.checks.api.problems import NOTHING, At, Problems
from kmop_constructs.checks.api.walk import Check
from kmop_constructs.core.plain import Plain, mapping, mappings, within

__all__ = ["HOOKS"]

_FORBIDDEN_IN_PATHS = ("//", "/./", "/../", "%2f", "%2F", "%5c", "%5C")
_FORBIDDEN_AT_END = ("/..", "/.")
_DISTRIBUTION = {"PreferClose": 30, "PreferSameZone": 33, "PreferSameNode": 33}
"""Values of ``trafficDistribution``, by the first minor version that has them."""


def _service(value: Plain, at: At, problems: Problems) -> None:
    kind, ports = value.get("type") or "ClusterIP", mappings(value.get("ports"))
    headless = value.get("clusterIP") == "None"
    if kind == "ExternalName":
        _external(value, at, problems)
    elif not ports and not headless:
        problems.invalid((at, "ports"), "is empty", NOTHING, "write at least one port")
    if headless and kind in ("LoadBalancer", "NodePort"):
        problems.invalid((at, "clusterIP"), f"is None, and the type is {kind}", "None", "remove it")
    _ports(ports, kind, at, problems)
    if kind != "LoadBalancer":
        for field in ("allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerSourceRanges"):
            if value.get(field) not in (None, []):
                problems.invalid((at, field), "is only possible with the type LoadBalancer", NOTHING, "remove it")
    outside = kind in ("LoadBalancer", "NodePort") or (kind == "ClusterIP" and value.get("externalIPs"))
    if value.get("externalTrafficPolicy") and not outside:
        what = "is only possible with the types NodePort and LoadBalancer"
        problems.invalid((at, "externalTrafficPolicy"), what, value["externalTrafficPolicy"], "remove it")
    if value.get("healthCheckNodePort") and not (
        kind == "LoadBalancer" and value.get("externalTrafficPolicy") == "Local"
    ):
        what = "is only possible with the type LoadBalancer and externalTrafficPolicy Local"
        problems.invalid((at, "healthCheckNodePort"), what, value["healthCheckNodePort"], "remove it")
    for index, each in enumerate(value.get("loadBalancerSourceRanges") or ()):
        if isinstance(each, str) and ip_range(each.strip()):
            place = ((at, "loadBalancerSourceRanges"), index)
            problems.invalid(place, str(ip_range(each.strip())), each, "correct it")
    wanted = value.get("trafficDistribution")
    if wanted is not None and _DISTRIBUTION.get(wanted, problems.minor + 1) > problems.minor:
        known = ", ".join(sorted(each for each, since in _DISTRIBUTION.items() if since <= problems.minor))
        problems.invalid((at, "trafficDistribution"), "is not a value of this field", wanted, f"write one of {known}")
    _addresses(value, kind, at, problems)


def _external(value: Plain, at: At, problems: Problems) -> None:
    name = value.get("externalName") or ""
    if not name or dns_subdomain(name.removesuffix(".")):
        what = "is not a DNS name" if name else "is missing for the type ExternalName"
        problems.invalid((at, "externalName"), what, name or NOTHING, "write the DNS name of the other service")
    for field in ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"):
        if value.get(field):
            problems.invalid((at, field), "is not possible with the type ExternalName", NOTHING, "remove it")


def _ports(ports: list[Plain], kind: str, at: At, problems: Problems) -> None:
    unique(ports, "name", (at, "ports"), problems)
    seen: set[object] = set()
    for index, port in enumerate(ports):
        here: At = ((at, "ports"), index)
        if len(ports) > 1 and not port.get("name"):
            problems.invalid((here, "name"), "is missing, and the Service has several ports", NOTHING, "set it")
        number = port.get("port"), port.get("protocol") or "TCP"
        if number in seen:
            problems.invalid(
                (here, "port"), f"occurs twice in the Service, for {number[1]}", number[0], "change one of the two"
            )
        seen.add(number)
        if kind == "ClusterIP" and port.get("nodePort"):
            problems.invalid(
                (here, "nodePort"), "is not possible with the type ClusterIP", port["nodePort"], "remove it"
            )


def _addresses(value: Plain, kind: str, at: At, problems: Problems) -> None:
    address, several = value.get("clusterIP"), listed(value.get("clusterIPs"))
    if address and address != "None" and kind != "ExternalName" and ip_address(address):
        problems.invalid((at, "clusterIP"), "is neither an IP address nor None", address, "remove it")
    if several and address and several[0] != address:
        problems.invalid((at, "clusterIPs"), f"does not begin with clusterIP {address!r}", several[0], "remove it")
    families = listed(value.get("ipFamilies"))
    if len(set(families)) != len(families):
        problems.invalid((at, "ipFamilies"), "has a family twice", NOTHING, "remove one of the two")
    elif len(families) > 1 and value.get("ipFamilyPolicy") in (None, "SingleStack"):
        problems.invalid((at, "ipFamilyPolicy"), "is SingleStack with two ipFamilies", NOTHING, "write PreferDualStack")


def _ingress(value: Plain, at: At, problems: Problems) -> None:
    if not value.get("rules") and value.get("defaultBackend") is None:
        problems.invalid(at, "has neither rules nor defaultBackend", NOTHING, "set one of them")


def _host(value: Any, at: At, problems: Problems) -> None:
    if value and (dns_subdomain(value.removeprefix("*.")) or not ip_address(value)):
        problems.invalid(at, "is not a host name, optionally with '*.' in front", value, "correct it")


def _hosts(value: Any, at: At, problems: Problems) -> None:
    for index, each in enumerate(value):
        if each is not None and dns_subdomain(each.removeprefix("*.")):
            problems.invalid((at, index), "is not a host name, optionally with '*.' in front", each, "correct it")


def _path(value: Plain, at: At, problems: Problems) -> None:
    path, kind = value.get("path") or "", value.get("pathType")
    if not path.startswith("/") and (path or kind != "ImplementationSpecific"):
        problems.invalid((at, "path"), "does not start with '/'", path, "correct it")
    elif kind != "ImplementationSpecific":
        found = [each for each in _FORBIDDEN_IN_PATHS if each in path]
        found += [each for each in _FORBIDDEN_AT_END if path.endswith(each)]
        if found:
            problems.invalid(
                (at, "path"), f"has {found[0]!r}", path, "remove it, or use pathType: ImplementationSpecific"
            )


def _paths(value: Plain, at: At, problems: Problems) -> None:
    if not value.get("paths"):
        problems.invalid((at, "paths"), "is empty", NOTHING, "write at least one path")


def _backend(value: Plain, at: At, problems: Problems) -> None:
    one_of(value, ("resource", "service"), at, problems)
    if value.get("service") is not None:
        port = mapping(within(value, "service", "port"))
        found = [field for field in ("name", "number") if port.get(field)]
        if len(found) != 1:
            what = "has name and number, which exclude each other" if found else "has neither name nor number"
            problems.invalid(((at, "service"), "port"), what, NOTHING, "set one of them")


def _policy_peer(value: Plain, at: At, problems: Problems) -> None:
    if value.get("ipBlock") is not None and (value.get("podSelector") or value.get("namespaceSelector")) is not None:
        problems.invalid(at, "has ipBlock beside a selector, which exclude each other", NOTHING, "write two peers")
    elif not any(value.get(field) is not None for field in ("ipBlock", "namespaceSelector", "podSelector")):
        problems.invalid(at, "has none of ipBlock, namespaceSelector, podSelector", NOTHING, "set one of them")


def _policy_port(value: Plain, at: At, problems: Problems) -> None:
    first, last = value.get("port"), value.get("endPort")
    if last is None:
        return
    if not isinstance(first, int):
        problems.invalid(
            (at, "endPort"), "is only possible with a port number", last, "write the number, or remove endPort"
        )
    elif last < first:
        problems.invalid((at, "endPort"), f"is less than port {first}", last, "write the higher of the two in endPort")


def _policy(value: Plain, at: At, problems: Problems) -> None:
    if len(value.get("policyTypes") or ()) > 2:
        problems.invalid((at, "policyTypes"), "has more than two items", NOTHING, "write Ingress, Egress or both")


def _block(value: Plain, at: At, problems: Problems) -> None:
    whole = value.get("cidr") or ""
    for index, each in enumerate([each or "" for each in listed(value.get("except"))] if not ip_range(whole) else ()):
        here: At = ((at, "except"), index)
        if ip_range(each):
            problems.invalid(here, str(ip_range(each)), each, "correct it")
            continue
        inner, outer = ipaddress.ip_network(each, strict=False), ipaddress.ip_network(whole, strict=False)
        within_it = (
            inner.version == outer.version and outer.prefixlen < inner.prefixlen and inner.network_address in outer
        )
        if not within_it:
            problems.invalid(here, f"is not a part of {whole}", each, "correct it")


HOOKS: Mapping[str, Check] = {
    "core.v1.ServiceSpec": _service,
    "networking.v1.HTTPIngressPath": _path,
    "networking.v1.HTTPIngressRuleValue": _paths,
    "networking.v1.IPBlock": _block,
    "networking.v1.IngressBackend": _backend,
    "networking.v1.IngressRule.host": _host,
    "networking.v1.IngressSpec": _ingress,
    "networking.v1.IngressTLS.hosts": _hosts,
    "networking.v1.NetworkPolicyPeer": _policy_peer,
    "networking.v1.NetworkPolicyPort": _policy_port,
    "networking.v1.NetworkPolicySpec": _policy,
}
"""Rules by definition, for values with the right fields and types."""

"""Final names, labels and ports of a workload, from its id and its spec."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from kmop_constructs.core.subject import NamedPort, ServiceFacts
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_label, frozen, one_or_several, service_name
from kmop_constructs.values.service import HeadlessService, LoadBalancer, NodePort, Service

if TYPE_CHECKING:
    from kmop_constructs.core.place import Place
    from kmop_constructs.values.cluster import Cluster
    from kmop_constructs.values.ports import Port
    from kmop_constructs.values.service import Service
    from kmop_constructs.values.workload import PodFields

__all__ = ["named_ports", "resettled", "settled", "standard_labels"]

NAME = "app.kubernetes.io/name"
INSTANCE = "app.kubernetes.io/instance"
VERSION = "app.kubernetes.io/version"

_WITH_TLS = {"http": "https", "grpc": "grpcs", "tcp": "tls"}
"""Names of ports with TLS, by what they speak."""


def standard_labels(name: str) -> Mapping[str, str]:
    """Return the labels of a subject without pods of its own."""
    return frozen({NAME: name, INSTANCE: name})


def settled(place: Place, id: str, spec: PodFields, *, cluster: Cluster, workload: tuple[str, str]) -> ServiceFacts:
    """Return the facts of a workload."""
    assert place.chart is not None
    return _facts(place.path, id, place.chart.namespace, place.chart.path, spec, cluster, workload)


def resettled(facts: ServiceFacts, spec: PodFields) -> ServiceFacts:
    """Return the facts for a spec that a subclass has changed, with its labels, ports and names."""
    return _facts(facts.path, facts.id, facts.namespace, facts.chart, spec, facts.cluster, facts.workload)


def _facts(
    path: str,
    id: str,
    namespace: str | None,
    chart: str,
    spec: PodFields,
    cluster: Cluster,
    workload: tuple[str, str],
) -> ServiceFacts:
    identity = spec.identity
    name = dns_label(f"{path}: name (the id)", id) if identity.name is None else identity.name
    app_name, instance = identity.app_name or name, identity.instance or name
    standard = {NAME: app_name, INSTANCE: instance}
    selector = dict(identity.selector) if identity.selector is not None else standard
    reserved = sorted({*selector, *standard} & set(spec.labels))
    if reserved:
        raise SpecError(f"{path}: labels[{reserved[0]!r}] would change the selector of the pods; "
                        "set it with identity=Identity(…)")  # fmt: skip
    version = identity.version or _version(spec.image.tag)
    # Only the pods and the object that runs them change with the image, so only they have the label of the version.
    labels = {**standard, **spec.labels}
    versioned = {**standard, **({VERSION: version} if version else {}), **spec.labels}
    own = [
        service_name(f"{path}: name of the Service", each.name or _default(each, number, name, app_name))
        for number, each in enumerate(spec.services)
    ]
    for item in own:
        if own.count(item) > 1:
            raise SpecError(f"{path}: two Services have the name {item!r}; rename the second one")
    pod_labels = {**versioned, **selector}
    ports = named_ports(path, spec.ports)
    services = dict(zip(own, spec.services, strict=True))
    limited = {name: _limited(path, each, ports) for name, each in services.items() if each.port != ()}
    _check_node_ports(path, services, ports, limited)
    return ServiceFacts(
        path=path,
        id=id,
        name=name,
        namespace=namespace,
        chart=chart,
        labels=frozen(labels),
        workload_labels=frozen(versioned),
        selector=frozen(selector),
        application=frozen({NAME: pod_labels[NAME]}),
        pod_labels=frozen(pod_labels),
        ports=ports,
        services=tuple(own),
        limited=frozen(limited),
        shared=frozenset(name for name, each in services.items() if each.shared),
        headless=frozenset(name for name, each in services.items() if isinstance(each, HeadlessService)),
        container=name,
        workload=workload,
        account=str(spec.account.name or name),
        host_network="hostNetwork" in spec.node_namespaces,
        cluster=cluster,
    )


def _check_node_ports(
    path: str, services: Mapping[str, Service], ports: Sequence[NamedPort], limited: Mapping[str, frozenset[str]]
) -> None:
    """Refuse a node port of a port that no Service with node ports offers. A spec without such a Service refuses it itself."""
    outside = [name for name, each in services.items() if isinstance(each, LoadBalancer | NodePort)]
    for port in ports:
        number = port.spec.node_port
        if number is not None and outside and not any(port.name in limited.get(name, (port.name,)) for name in outside):
            what = f"node_port of the port {port.number} has no effect, because no NodePort or LoadBalancer offers the port"
            raise bad(
                f"{path}: port", what, number, f"add {port.name!r} to the port field of that Service, or leave it out"
            )


def named_ports(where: str, ports: Sequence[Port]) -> tuple[NamedPort, ...]:
    """Return the ports, each with a unique name and Service port."""
    named: list[NamedPort] = []
    for port in ports:
        sort = _WITH_TLS[port.speaks] if port.tls else port.speaks if port.protocol == "TCP" else port.protocol.lower()
        taken = {each.name for each in named}
        name = port.name or (sort if sort not in taken else f"{sort}-{port.number}")
        for each in named:
            if (each.number, each.spec.protocol) == (port.number, port.protocol):
                raise SpecError(f"{where}: the port {port.number} is set twice; keep one")
            if each.name == name:
                raise SpecError(f"{where}: two ports have the name {name!r}; rename one of them")
            same = (each.offered, each.spec.protocol) == (port.offered, port.protocol)
            if same and each.spec.exposed and port.exposed:
                raise SpecError(
                    f"{where}: two ports have the Service port {port.offered}; set service_port of one of them"
                )
        served = port.service_port_name or name
        if port.exposed and any(each.service_name == served and each.spec.exposed for each in named):
            raise SpecError(
                f"{where}: two Service ports have the name {served!r}; set service_port_name of one of them"
            )
        named.append(NamedPort(name=name, number=port.number, offered=port.offered, spec=port))
    return tuple(named)


def _limited(path: str, service: Service, ports: Sequence[NamedPort]) -> frozenset[str]:
    """Return the names of the ports that a Service offers, which are not all."""
    found: set[str] = set()
    for wanted in one_or_several(service.port):
        names = [port.name for port in ports if port.spec.exposed and wanted in (port.number, port.name)]
        if not names:
            known = ", ".join(f"{port.number} ({port.name})" for port in ports if port.spec.exposed) or "none"
            raise bad(f"{path}: {type(service).__name__}.port", "not an exposed port", wanted, f"use one of {known}")
        found.update(names)
    return frozenset(found)


def _default(service: Service, number: int, name: str, app_name: str) -> str:
    """Return the default name of a Service. Only the first Service and the Service of peers have one."""
    if service.shared:
        return app_name
    return f"{name}-peers" if number else name


def _version(tag: str | None) -> str | None:
    """Return a tag as a label value: shortened, and without characters that a label value may not begin or end with."""
    return re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "", tag[:63]) or None if tag else None

"""What is wrong with what runs: nothing is, once a system has settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tests.cluster.api import Api, Object, many, name_of, selector_query
from tests.cluster.systems import templates


def live(api: Api, item: Object) -> Object:
    return api.get(api.path_of(item))


def of_kind(objects: Iterable[Object], *kinds: str) -> list[Object]:
    return [item for item in objects if item["kind"] in kinds]


def incomplete(api: Api, objects: Iterable[Object]) -> list[str]:
    """Workloads whose rollout is not over."""
    judges = {"Deployment": _deployment, "StatefulSet": _stateful_set, "Job": _job}
    found: list[str] = []
    for item in of_kind(objects, *judges):
        now = live(api, item)
        status = now.get("status", {})
        if item["kind"] != "Job" and status.get("observedGeneration", 0) < now["metadata"]["generation"]:
            found.append(f"{name_of(item)}: not looked at yet")
            continue
        problem = judges[item["kind"]](now["spec"], status)
        if problem:
            found.append(f"{name_of(item)}: {problem}")
    return found


def _deployment(spec: dict[str, Any], status: dict[str, Any]) -> str:
    wanted = spec["replicas"]
    counts = {name: status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")}
    return "" if set(counts.values()) == {wanted} else f"wants {wanted} pods, has {counts}"


def _stateful_set(spec: dict[str, Any], status: dict[str, Any]) -> str:
    wanted = spec["replicas"]
    counts = {name: status.get(name, 0) for name in ("replicas", "updatedReplicas", "availableReplicas")}
    return "" if set(counts.values()) == {wanted} else f"wants {wanted} pods, has {counts}"


def _job(spec: dict[str, Any], status: dict[str, Any]) -> str:
    conditions = {each["type"] for each in many(status.get("conditions")) if each["status"] == "True"}
    return "" if "Complete" in conditions else f"wants {spec.get('completions', 1)} completions, has {status}"


def without_endpoints(api: Api, objects: Iterable[Object]) -> list[str]:
    """Services that lead to no ready pod."""
    return [
        f"{name_of(item)}: no ready endpoint behind {item['spec']['selector']}"
        for item in of_kind(objects, "Service")
        if item["spec"].get("selector") and not ready_endpoints(api, item)
    ]


def ready_endpoints(api: Api, service: Object) -> list[Object]:
    """Ready endpoints, each with the zone it is in."""
    return [
        endpoint
        for part in _slices(api, service)
        for endpoint in many(part["endpoints"])
        if endpoint["conditions"].get("ready")
    ]


def _slices(api: Api, service: Object) -> list[Object]:
    metadata = service["metadata"]
    query = selector_query({"kubernetes.io/service-name": metadata["name"]})
    return api.items(f"/apis/discovery.k8s.io/v1/namespaces/{metadata['namespace']}/endpointslices?{query}")


def unresolved_ports(api: Api, objects: Iterable[Object]) -> list[str]:
    """Service ports that do not become the number of a port that every container behind them declares."""
    listed = list(objects)
    found: list[str] = []
    for service in of_kind(listed, "Service"):
        selector: dict[str, str] = service["spec"].get("selector") or {}
        if not selector:
            continue
        declared: dict[tuple[object, str], set[int]] = defaultdict(set)
        for owner, template in templates(listed):
            labels = template["metadata"].get("labels", {})
            if (
                owner["metadata"]["namespace"] == service["metadata"]["namespace"]
                and selector.items() <= labels.items()
            ):
                for container in template["spec"]["containers"]:
                    for port in container.get("ports", []):
                        for key in (port.get("name"), port["containerPort"]):
                            declared[key, port.get("protocol", "TCP")].add(port["containerPort"])
        resolved = {
            (port.get("name") or "", port["protocol"]): port.get("port")
            for part in _slices(api, service)
            for port in many(part["ports"])
        }
        for port in service["spec"]["ports"]:
            protocol: str = port.get("protocol", "TCP")
            numbers = declared[port.get("targetPort", port["port"]), protocol]
            number = resolved.get((port.get("name", ""), protocol))
            if {number} != numbers:
                target = port.get("targetPort", port["port"])
                found.append(f"{name_of(service)}: port {port['port']} to {target} became {number}, not {numbers}")
    return found


def tight_budgets(api: Api, objects: Iterable[Object]) -> list[str]:
    """Budgets that refuse every eviction, although all pods are well."""
    found: list[str] = []
    for item in of_kind(objects, "PodDisruptionBudget"):
        now = live(api, item)
        status = now.get("status", {})
        if status.get("observedGeneration", 0) < now["metadata"]["generation"] or not status.get("disruptionsAllowed"):
            found.append(f"{name_of(item)}: allows no disruption, {status}")
    return found


def lost_autoscalers(api: Api, objects: Iterable[Object]) -> list[str]:
    """Autoscalers that do not find what they scale."""
    found: list[str] = []
    for item in of_kind(objects, "HorizontalPodAutoscaler"):
        conditions = {each["type"]: each for each in many(live(api, item).get("status", {}).get("conditions"))}
        if conditions.get("AbleToScale", {}).get("status") != "True":
            found.append(f"{name_of(item)}: cannot scale, {conditions}")
    return found


def unsettled(api: Api, objects: Iterable[Object]) -> list[str]:
    """Everything that is not as it should be a while after an apply."""
    listed = list(objects)
    return [
        *incomplete(api, listed),
        *without_endpoints(api, listed),
        *tight_budgets(api, listed),
        *ending(api, listed),
    ]


def pods(api: Api, namespace: str, labels: dict[str, str]) -> list[Object]:
    return api.items(f"/api/v1/namespaces/{namespace}/pods?{selector_query(labels)}")


def ending(api: Api, objects: Iterable[Object]) -> list[str]:
    """Pods that are on their way out."""
    places = {item["metadata"]["namespace"] for item, _ in templates(objects)}
    return [
        f"{name_of({**pod, 'kind': 'Pod'})}: is still ending"
        for place in sorted(places)
        for pod in api.items(f"/api/v1/namespaces/{place}/pods")
        if "deletionTimestamp" in pod["metadata"]
    ]

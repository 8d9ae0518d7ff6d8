"""Mutations of good manifests, each with one change."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast
from zlib import crc32

from tests.api_server.good import Object, Path_, paths

BIG = "x" * 300_000
Change = Callable[[Any, str | int], None]
"""Changes the value below a key of what holds it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    id: str
    """What is changed in which object."""

    object: Object


ONE_OF = 4
"""Of so many changes of single values one is recorded. The choice depends on the name of the mutation alone."""


def mutations(objects: list[Object], *, one_of: int = ONE_OF) -> Iterator[Mutation]:
    """The mutations in a fixed order: one of so many changes of single values, and all that are written by hand."""
    for each in _single(objects):
        if crc32(each.id.encode()) % one_of == 0:
            yield each
    yield from _by_hand(objects)


def _single(objects: list[Object]) -> Iterator[Mutation]:
    """Changes of single values. A field that two objects of a kind have is changed once."""
    done: set[tuple[object, ...]] = set()
    for item in objects:
        for path in paths(item):
            shape = tuple("*" if isinstance(step, int) else step for step in path)
            if path[0] in ("apiVersion", "kind", "status") or path in (
                ("metadata",),
                ("metadata", "name"),
                ("metadata", "namespace"),
            ):
                continue
            for name, change in _changes(at(item, path)):
                key = (item["apiVersion"], item["kind"], name, shape)
                if key not in done:
                    done.add(key)
                    yield _mutation(item, f"{name} {written(path)}", path, change)


def _mutation(item: Object, what: str, path: Path_, change: Change) -> Mutation:
    changed = copy.deepcopy(item)
    change(at(changed, path[:-1]), path[-1])
    return Mutation(id=f"{item['kind']} {item['metadata']['name']}: {what}", object=changed)


def at(item: Object, path: Path_) -> Any:
    value: Any = item
    for step in path:
        value = value[step]
    return value


def written(path: Path_) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def _set(value: object) -> Change:
    def change(holder: Any, key: str | int) -> None:
        holder[key] = value

    return change


def _remove(holder: Any, key: str | int) -> None:
    del holder[key]


def _repeat(holder: Any, key: str | int) -> None:
    holder[key].append(copy.deepcopy(holder[key][0]))


def _unknown(holder: Any, key: str | int) -> None:
    holder[key]["unknownField"] = "x"


def _changes(value: object) -> Iterator[tuple[str, Change]]:
    """Changes for a value of some type."""
    yield "remove", _remove
    if isinstance(value, dict):
        yield "unknown field in", _unknown
        yield "text for", _set("text")
        yield "empty", _set({})
    elif isinstance(value, list):
        yield "mapping for", _set({})
        yield "empty", _set([])
        if value:
            yield "twice the first of", _repeat
    elif isinstance(value, bool):
        yield "text for", _set("yes")
    elif isinstance(value, int):
        yield "text for", _set("text")
        yield "negative", _set(-1)
        yield "zero", _set(0)
        yield "large", _set(70_000)
    elif isinstance(value, str):
        yield "number for", _set(5)
        yield "empty", _set("")
        yield "words for", _set("Not Valid!")


def _by_hand(objects: list[Object]) -> Iterator[Mutation]:
    """Mistakes between fields, and those that no change of one value makes."""
    first: dict[str, Object] = {}
    for item in objects:
        first.setdefault(item["kind"], item)
    for kind, what, path, value in _SPECIAL:
        item = first[kind]
        if path in (("apiVersion",), ("kind",)):
            yield _mutation(item, what, path, _set(value))
        elif path[-1] == "+":
            yield _mutation(item, what, path[:-1], _add(cast("dict[str, Any]", value)))
        else:
            yield _mutation(item, what, path, _set(value))


def _add(fields: dict[str, Any]) -> Change:
    def change(holder: Any, key: str | int) -> None:
        holder[key] = {**holder[key], **fields}

    return change


_POD = ("spec", "template", "spec")
_FIRST = (*_POD, "containers", 0)
_SPECIAL: Sequence[tuple[str, str, Path_, Any]] = (
    ("DaemonSet", "removed version", ("apiVersion",), "extensions/v1beta1"),
    ("DaemonSet", "unknown version", ("apiVersion",), "apps/v1beta2"),
    ("DaemonSet", "unknown kind", ("kind",), "DemonSet"),
    ("CronJob", "removed version", ("apiVersion",), "batch/v1beta1"),
    ("Ingress", "removed version", ("apiVersion",), "networking.k8s.io/v1beta1"),
    ("HorizontalPodAutoscaler", "removed version", ("apiVersion",), "autoscaling/v2beta2"),
    ("PodDisruptionBudget", "removed version", ("apiVersion",), "policy/v1beta1"),
    ("ClusterRole", "removed version", ("apiVersion",), "rbac.authorization.k8s.io/v1beta1"),
    ("DaemonSet", "request above limit", (*_FIRST, "resources", "requests", "cpu"), "2"),
    ("DaemonSet", "negative request", (*_FIRST, "resources", "requests", "cpu"), "-1"),
    ("DaemonSet", "odd quantity", (*_FIRST, "resources", "requests", "cpu"), "100 m"),
    ("DaemonSet", "unit of quantity", (*_FIRST, "resources", "requests", "memory"), "64MB"),
    ("DaemonSet", "unknown resource", (*_FIRST, "resources", "limits", "gpu"), "1"),
    ("DaemonSet", "request without limit of an extended resource", (*_FIRST, "resources", "requests", "acme.io/gpu"), "1"),
    ("DaemonSet", "thousandths of bytes", (*_FIRST, "resources", "requests", "memory"), "64000m"),
    ("DaemonSet", "mount without volume", (*_FIRST, "volumeMounts", 0, "name"), "none"),
    ("DaemonSet", "two mounts of one path", (*_FIRST, "volumeMounts", 0, "mountPath"), "/etc/info"),
    ("DaemonSet", "mount path with a step back", (*_FIRST, "volumeMounts", 2, "subPath"), "../x"),
    ("DaemonSet", "two ports of one number", (*_FIRST, "ports", 1), {"name": "again", "containerPort": 8080}),
    ("DaemonSet", "two ports of one name", (*_FIRST, "ports", 1), {"name": "http", "containerPort": 9091}),
    ("DaemonSet", "long port name", (*_FIRST, "ports", 0, "name"), "a-name-of-a-port"),
    ("DaemonSet", "port name of digits", (*_FIRST, "ports", 0, "name"), "8080"),
    ("DaemonSet", "port name with two dashes", (*_FIRST, "ports", 0, "name"), "a--b"),
    ("DaemonSet", "upper-case container", (*_FIRST, "name"), "Agent"),
    ("DaemonSet", "image with a blank in front", (*_FIRST, "image"), " acme/web:1"),
    ("DaemonSet", "image with a blank inside", (*_FIRST, "image"), "acme/web :1"),
    ("DaemonSet", "bad pull policy", (*_FIRST, "imagePullPolicy"), "always"),
    ("DaemonSet", "bad protocol", (*_FIRST, "ports", 0, "protocol"), "tcp"),
    ("DaemonSet", "value and valueFrom", (*_FIRST, "env", 0, "+"), {"value": "x"}),
    ("DaemonSet", "two sources of a variable", (*_FIRST, "env", 0, "valueFrom", "+"), {"secretKeyRef": {"name": "a", "key": "b"}}),
    ("DaemonSet", "variable with an equals sign", (*_FIRST, "env", 4, "name"), "A=B"),
    ("DaemonSet", "variable with a digit in front", (*_FIRST, "env", 4, "name"), "1A"),
    ("DaemonSet", "variable with a blank", (*_FIRST, "env", 4, "name"), "A B"),
    ("DaemonSet", "variable twice", (*_FIRST, "env", 4, "name"), "NODE"),
    ("DaemonSet", "number as a variable", (*_FIRST, "env", 4, "value"), 8080),
    ("DaemonSet", "unknown field of a pod", (*_FIRST, "env", 0, "valueFrom", "fieldRef", "fieldPath"), "spec.hostname"),
    ("DaemonSet", "two handlers", (*_FIRST, "livenessProbe", "+"), {"exec": {"command": ["true"]}}),
    ("DaemonSet", "no handler", (*_FIRST, "livenessProbe"), {"periodSeconds": 5}),
    ("DaemonSet", "successThreshold of a liveness probe", (*_FIRST, "livenessProbe", "successThreshold"), 2),
    ("DaemonSet", "probe of an unknown name", (*_FIRST, "livenessProbe", "tcpSocket", "port"), "metrics"),
    ("DaemonSet", "privileged without escalation", (*_FIRST, "securityContext"), {"privileged": True, "allowPrivilegeEscalation": False}),
    ("DaemonSet", "profile without a file", (*_POD, "securityContext"), {"seccompProfile": {"type": "Localhost"}}),
    ("DaemonSet", "two sources of a volume", (*_POD, "volumes", 0, "+"), {"emptyDir": {}}),
    ("DaemonSet", "two volumes of one name", (*_POD, "volumes", 1, "name"), "logs"),
    ("DaemonSet", "two containers of one name", (*_POD, "initContainers"), [{"name": "agent", "image": "a"}]),
    ("DaemonSet", "probe of an init container", (*_POD, "initContainers"), [{"name": "a", "image": "a", "livenessProbe": {"exec": {"command": ["a"]}}}]),
    ("DaemonSet", "restart policy", (*_POD, "restartPolicy"), "Never"),
    ("DaemonSet", "deadline", (*_POD, "activeDeadlineSeconds"), 60),
    ("DaemonSet", "Exists with a value", (*_POD, "tolerations", 0, "value"), "x"),
    ("DaemonSet", "seconds without NoExecute", (*_POD, "tolerations", 1, "effect"), "NoSchedule"),
    ("DaemonSet", "operator without values", (*_POD, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms", 0, "matchExpressions", 0, "values"), []),
    ("DaemonSet", "weight above 100", (*_POD, "affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution", 0, "weight"), 101),
    ("DaemonSet", "host network with another host port", (*_POD, "hostNetwork"), True),
    ("DaemonSet", "two spread constraints", (*_POD, "topologySpreadConstraints"), [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}] * 2),
    ("DaemonSet", "spread constraint without a skew", (*_POD, "topologySpreadConstraints"), [{"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}]),
    ("DaemonSet", "selector of other labels", ("spec", "selector", "matchLabels", "app"), "other"),
    ("DaemonSet", "empty selector", ("spec", "selector"), {"matchLabels": {}}),
    ("DaemonSet", "surge beside maxUnavailable", ("spec", "updateStrategy", "rollingUpdate", "maxSurge"), 1),
    ("DaemonSet", "long label", ("spec", "template", "metadata", "labels", "version"), "v" * 64),
    ("DaemonSet", "label with a blank", ("metadata", "labels", "note"), "two words"),
    ("DaemonSet", "label key with a blank", ("metadata", "labels", "a key"), "x"),
    ("DaemonSet", "label key with two slashes", ("metadata", "labels", "a/b/c"), "x"),
    ("DaemonSet", "number as a label", ("metadata", "labels", "build"), 12),
    ("DaemonSet", "large annotation", ("metadata", "annotations"), {"note": BIG}),
    ("DaemonSet", "annotation key with a blank", ("metadata", "annotations"), {"a key": "x"}),
    ("DaemonSet", "unknown field of the metadata", ("metadata", "anotations"), {}),
    ("Deployment", "rollingUpdate with Recreate", ("spec", "strategy"), {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}),
    ("Deployment", "bad strategy", ("spec", "strategy"), {"type": "Rolling"}),
    ("Deployment", "no surge, none unavailable", ("spec", "strategy"), {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}),
    ("Deployment", "percentage above 100", ("spec", "strategy"), {"rollingUpdate": {"maxUnavailable": "101%"}}),
    ("Deployment", "percentage with a blank", ("spec", "strategy"), {"rollingUpdate": {"maxUnavailable": "10 %"}}),
    ("Deployment", "deadline below minReadySeconds", ("spec", "+"), {"minReadySeconds": 60, "progressDeadlineSeconds": 60}),
    ("Deployment", "misspelled field", ("spec", "replica"), 2),
    ("Deployment", "text as replicas", ("spec", "replicas"), "2"),
    ("Deployment", "fraction as replicas", ("spec", "replicas"), 1.5),
    ("Deployment", "replicas beyond 32 bits", ("spec", "replicas"), 2**32),
    ("StatefulSet", "mount without volume or claim", (*_FIRST, "volumeMounts"), [{"name": "none", "mountPath": "/none"}]),
    ("StatefulSet", "policy", ("spec", "podManagementPolicy"), "Ordered"),
    ("StatefulSet", "partition with OnDelete", ("spec", "updateStrategy"), {"type": "OnDelete", "rollingUpdate": {"partition": 1}}),
    ("StatefulSet", "claims without a mode", ("spec", "persistentVolumeClaimRetentionPolicy"), {"whenDeleted": "Keep"}),
    ("Job", "restart policy", (*_POD, "restartPolicy"), "Always"),
    ("Job", "selector", ("spec", "selector"), {"matchLabels": {"a": "b"}}),
    ("Job", "indexed without completions", ("spec", "+"), {"completionMode": "Indexed", "completions": None}),
    ("CronJob", "four fields", ("spec", "schedule"), "0 3 * *"),
    ("CronJob", "weekday 7", ("spec", "schedule"), "0 3 * * 7"),
    ("CronJob", "every hour", ("spec", "schedule"), "@every 1h"),
    ("CronJob", "zone in the schedule", ("spec", "schedule"), "TZ=UTC 0 3 * * *"),
    ("CronJob", "zone that does not exist", ("spec", "timeZone"), "Europe/Nowhere"),
    ("CronJob", "concurrency", ("spec", "concurrencyPolicy"), "forbid"),
    ("PodDisruptionBudget", "both amounts", ("spec", "+"), {"minAvailable": 1, "maxUnavailable": 1}),
    ("PodDisruptionBudget", "percentage above 100", ("spec",), {"minAvailable": "101%", "selector": {"matchLabels": {"a": "b"}}}),
    ("HorizontalPodAutoscaler", "more than the maximum", ("spec", "minReplicas"), 20),
    ("HorizontalPodAutoscaler", "metric of another type", ("spec", "metrics", 0, "type"), "Pods"),
    ("HorizontalPodAutoscaler", "bad type", ("spec", "metrics", 0, "type"), "CPU"),
    ("HorizontalPodAutoscaler", "bad type of a target", ("spec", "metrics", 0, "resource", "target", "type"), "Percent"),
    ("HorizontalPodAutoscaler", "two targets", ("spec", "metrics", 0, "resource", "target", "averageValue"), "1"),
    ("HorizontalPodAutoscaler", "long window", ("spec", "behavior", "scaleDown", "stabilizationWindowSeconds"), 3601),
    ("Service", "two ports of one number", ("spec", "ports"), [{"name": "a", "port": 80}, {"name": "b", "port": 80}]),
    ("Service", "two ports of one number for two protocols", ("spec", "ports"), [{"name": "a", "port": 80}, {"name": "b", "port": 80, "protocol": "UDP"}]),
    ("Service", "two ports of one name", ("spec", "ports"), [{"name": "a", "port": 80}, {"name": "a", "port": 81}]),
    ("Service", "several ports without names", ("spec", "ports"), [{"port": 80}, {"port": 81}]),
    ("Service", "port name with an underscore", ("spec", "ports"), [{"name": "a_b", "port": 80}]),
    ("Service", "long port name", ("spec", "ports"), [{"name": "a-name-of-20-letters", "port": 80}]),
    ("Service", "target port of digits", ("spec", "ports"), [{"port": 80, "targetPort": "8080"}]),
    ("Service", "bad type", ("spec", "type"), "Balancer"),
    ("Service", "nodePort of a ClusterIP", ("spec",), {"ports": [{"port": 80, "nodePort": 30080}]}),
    ("Service", "source ranges of a ClusterIP", ("spec",), {"ports": [{"port": 80}], "loadBalancerSourceRanges": ["10.0.0.0/8"]}),
    ("Service", "external policy of a ClusterIP", ("spec",), {"ports": [{"port": 80}], "externalTrafficPolicy": "Local"}),
    ("Service", "affinity config without affinity", ("spec",), {"ports": [{"port": 80}], "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 1}}}),
    ("Service", "no ports", ("spec",), {"selector": {"a": "b"}}),
    ("Service", "headless without ports", ("spec",), {"selector": {"a": "b"}, "clusterIP": "None"}),
    ("Service", "headless LoadBalancer", ("spec",), {"type": "LoadBalancer", "ports": [{"port": 80}], "clusterIP": "None"}),
    ("Service", "address that is none", ("spec",), {"ports": [{"port": 80}], "clusterIP": "10.96.0"}),
    ("Service", "external name with a scheme", ("spec",), {"type": "ExternalName", "externalName": "https://a.io"}),
    ("Service", "distribution", ("spec",), {"ports": [{"port": 80}], "trafficDistribution": "PreferClose"}),
    ("Service", "unknown distribution", ("spec",), {"ports": [{"port": 80}], "trafficDistribution": "Close"}),
    ("Ingress", "no path type", ("spec", "rules", 0, "http", "paths", 0), {"path": "/", "backend": {"service": {"name": "a", "port": {"number": 80}}}}),
    ("Ingress", "path without a slash", ("spec", "rules", 0, "http", "paths", 0, "path"), "api"),
    ("Ingress", "path with two slashes", ("spec", "rules", 0, "http", "paths", 0, "path"), "/a//b"),
    ("Ingress", "path with a step back", ("spec", "rules", 0, "http", "paths", 0, "path"), "/a/.."),
    ("Ingress", "name and number", ("spec", "rules", 0, "http", "paths", 0, "backend", "service", "port"), {"name": "a", "number": 80}),
    ("Ingress", "address as host", ("spec", "rules", 0, "host"), "192.0.2.1"),
    ("Ingress", "host with a port", ("spec", "rules", 0, "host"), "a.io:80"),
    ("Ingress", "wildcard in the middle", ("spec", "rules", 0, "host"), "a.*.io"),
    ("Ingress", "fields of the former version", ("spec", "rules", 0, "http", "paths", 0, "backend"), {"serviceName": "a", "servicePort": 80}),
    ("NetworkPolicy", "address beside a selector", ("spec", "egress"), [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]}]),
    ("NetworkPolicy", "range that is none", ("spec", "egress"), [{"to": [{"ipBlock": {"cidr": "10.0.0.0"}}]}]),
    ("NetworkPolicy", "except outside of the range", ("spec", "egress"), [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["192.0.2.0/24"]}}]}]),
    ("NetworkPolicy", "empty peer", ("spec", "egress"), [{"to": [{}]}]),
    ("NetworkPolicy", "end below the port", ("spec", "egress"), [{"ports": [{"port": 9000, "endPort": 80}]}]),
    ("NetworkPolicy", "end of a named port", ("spec", "egress"), [{"ports": [{"port": "http", "endPort": 80}]}]),
    ("NetworkPolicy", "bad type", ("spec", "policyTypes"), ["ingress"]),
    ("ConfigMap", "number as a value", ("data", "number"), 5),
    ("ConfigMap", "key with a blank", ("data", "a key"), "x"),
    ("ConfigMap", "key with a slash", ("data", "a/b"), "x"),
    ("ConfigMap", "key of data and binaryData", ("binaryData",), {"twice": "YQ=="}),
    ("ConfigMap", "more than 1 MiB", ("data", "large"), "x" * 1_100_000),
    ("ConfigMap", "binary data that is no base64", ("binaryData",), {"other": "not base64!"}),
    ("Secret", "key with a blank", ("data", "a key"), "YQ=="),
    ("Secret", "data that is no base64", ("data", "username"), "not base64!"),
    ("Secret", "type without its keys", ("data",), {"a": "YQ=="}),
    ("Secret", "certificate without its keys", ("type",), "kubernetes.io/tls"),
    ("Secret", "Docker configuration without its key", ("type",), "kubernetes.io/dockerconfigjson"),
    ("ClusterRole", "URLs beside resources", ("rules", 1, "+"), {"apiGroups": [""], "resources": ["pods"]}),
    ("ClusterRole", "no verbs", ("rules", 0, "verbs"), []),
    ("Role", "URLs", ("rules",), [{"nonResourceURLs": ["/healthz"], "verbs": ["get"]}]),
    ("ClusterRoleBinding", "account without a namespace", ("subjects", 0), {"kind": "ServiceAccount", "name": "robot"}),
    ("ClusterRoleBinding", "bad kind", ("subjects", 0, "kind"), "Account"),
    ("RoleBinding", "role of another group", ("roleRef", "apiGroup"), "acme.io"),
    ("PersistentVolumeClaim", "bad mode", ("spec", "accessModes"), ["ReadWrite"]),
    ("PersistentVolumeClaim", "no storage", ("spec", "resources"), {}),
    ("PersistentVolumeClaim", "zero storage", ("spec", "resources", "requests", "storage"), "0"),
    ("LimitRange", "default above the maximum", ("spec", "limits", 0, "default", "cpu"), "3"),
    ("ResourceQuota", "negative", ("spec", "hard", "pods"), "-1"),
    ("ResourceQuota", "bad scope", ("spec", "scopes"), ["Running"]),
    ("Namespace", "long label", ("metadata", "labels"), {"a": "b" * 64}),
)  # fmt: skip
"""Kind, what is changed, path and new value. The first object of the kind is changed."""

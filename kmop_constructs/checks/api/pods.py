"""Rules between the fields of pods and containers, from ``pkg/apis/core/validation`` of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping

from kmop_constructs.checks.api.fields import one_of, unique
from kmop_constructs.checks.api.formats import amount, label_key, label_value, listed
from kmop_constructs.checks.api.problems import NOTHING, At, Problems
from kmop_constructs.checks.api.volumes import containers_in, find_mounts
from kmop_constructs.checks.api.walk import Check
from kmop_constructs.core.plain import Plain, mapping, mappings, within

__all__ = ["HOOKS"]

_HANDLERS = ("exec", "grpc", "httpGet", "sleep", "tcpSocket")
_ONLY_OF_CONTAINERS = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_ALWAYS = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"})
_GRACE = 30
"""Seconds that a pod has to end by default."""
_RESTARTS_SINCE = 34
"""Minor version in which all containers may have a ``restartPolicy``."""
_RUNS = frozenset({"CronJob", "Job"})


def _pod(value: Plain, at: At, problems: Problems) -> None:
    if not value.get("containers"):
        problems.invalid((at, "containers"), "is empty", NOTHING, "write at least one container")
    _names(value, at, problems)
    find_mounts(value, at, problems)
    _init_containers(value, at, problems)
    _restarts(value, at, problems)
    _spreads(value, at, problems)
    _pauses(value, at, problems)
    if value.get("hostNetwork") is True:
        _host_ports(value, at, problems)
    if value.get("dnsPolicy") == "None" and not within(value, "dnsConfig", "nameservers"):
        problems.invalid((at, "dnsConfig"), "has no nameservers, and dnsPolicy is None", NOTHING, "set them")
    account, former = value.get("serviceAccountName"), value.get("serviceAccount")
    if former and account and former != account:
        problems.invalid((at, "serviceAccount"), f"differs from serviceAccountName {account!r}", former, "remove it")
    if value.get("shareProcessNamespace") is True and value.get("hostPID") is True:
        problems.invalid(
            (at, "shareProcessNamespace"), "is not possible with hostPID", NOTHING, "remove one of the two"
        )


def _names(value: Plain, at: At, problems: Problems) -> None:
    names: set[object] = set()
    for here, container in containers_in(value, at):
        name = container.get("name")
        if name in names:
            problems.invalid((here, "name"), "is the name of another container", name, "rename one of the two")
        names.add(name)
    unique(value.get("volumes"), "name", (at, "volumes"), problems)
    addresses: set[object] = set()
    for index, alias in enumerate(mappings(value.get("hostAliases"))):
        if alias.get("ip") in addresses:
            problems.warn(
                (((at, "hostAliases"), index), "ip"), "occurs twice", alias.get("ip"), "write one item for it"
            )
        addresses.add(alias.get("ip"))


def _init_containers(value: Plain, at: At, problems: Problems) -> None:
    for here, container in containers_in(value, at):
        is_init, policy = here[0][1] == "initContainers", container.get("restartPolicy")
        if is_init and policy != "Always":
            for field in _ONLY_OF_CONTAINERS:
                if container.get(field) is not None:
                    what = "is not possible in an init container that ends"
                    problems.invalid((here, field), what, NOTHING, "remove it, or set restartPolicy: Always")
        elif not is_init and policy is not None and problems.minor < _RESTARTS_SINCE:
            problems.invalid((here, "restartPolicy"), "is only possible in an init container", NOTHING, "remove it")


def _host_ports(value: Plain, at: At, problems: Problems) -> None:
    for here, container in containers_in(value, at):
        for index, port in enumerate(mappings(container.get("ports"))):
            if port.get("hostPort") and port.get("hostPort") != port.get("containerPort"):
                what = "differs from containerPort, and hostNetwork is true"
                problems.invalid((((here, "ports"), index), "hostPort"), what, port["hostPort"], "remove it")


def _pauses(value: Plain, at: At, problems: Problems) -> None:
    grace = value.get("terminationGracePeriodSeconds")
    for here, container in containers_in(value, at):
        for hook in ("postStart", "preStop"):
            pause = within(container, "lifecycle", hook, "sleep", "seconds")
            if isinstance(pause, int) and pause > (grace if isinstance(grace, int) else _GRACE):
                what = "is longer than terminationGracePeriodSeconds"
                place: At = ((((here, "lifecycle"), hook), "sleep"), "seconds")
                problems.invalid(place, what, pause, "shorten it, or raise terminationGracePeriodSeconds")


def _restarts(value: Plain, at: At, problems: Problems) -> None:
    policy = value.get("restartPolicy")
    if problems.kind in _ALWAYS:
        if policy not in (None, "", "Always"):
            problems.invalid(
                (at, "restartPolicy"), f"is not possible in a {problems.kind}", policy, "write Always, or remove it"
            )
        if value.get("activeDeadlineSeconds") is not None:
            problems.invalid(
                (at, "activeDeadlineSeconds"), f"is not possible in a {problems.kind}", NOTHING, "remove it"
            )
    elif problems.kind in _RUNS and policy not in ("Never", "OnFailure"):
        problems.invalid(
            (at, "restartPolicy"), f"is not possible in a {problems.kind}", policy, "write Never or OnFailure"
        )
    if value.get("ephemeralContainers"):
        problems.invalid((at, "ephemeralContainers"), "is not possible in a manifest", NOTHING, "remove it")


def _spreads(value: Plain, at: At, problems: Problems) -> None:
    seen: set[object] = set()
    for index, each in enumerate(mappings(value.get("topologySpreadConstraints"))):
        pair = each.get("topologyKey"), each.get("whenUnsatisfiable")
        here: At = ((at, "topologySpreadConstraints"), index)
        if pair in seen:
            problems.invalid(
                here, "has topologyKey and whenUnsatisfiable of another one", pair[0], "remove one of the two"
            )
        seen.add(pair)
        if each.get("matchLabelKeys") and each.get("labelSelector") is None:
            problems.invalid(
                (here, "matchLabelKeys"),
                "is only possible with labelSelector",
                NOTHING,
                "set labelSelector, or remove it",
            )
        if each.get("minDomains") is not None and pair[1] == "ScheduleAnyway":
            problems.invalid(
                (here, "minDomains"), "is not possible with ScheduleAnyway", each["minDomains"], "remove it"
            )


def _container(value: Plain, at: At, problems: Problems) -> None:
    if not value.get("image"):
        problems.invalid((at, "image"), "is missing or empty", NOTHING, "set it")
    _ports(value, at, problems)
    names: set[object] = set()
    for index, variable in enumerate(mappings(value.get("env"))):
        if variable.get("name") in names:
            here: At = (((at, "env"), index), "name")
            problems.warn(here, "is set twice, and the last one counts", variable.get("name"), "remove one of the two")
        names.add(variable.get("name"))
    for probe in ("livenessProbe", "startupProbe"):
        if within(value, probe, "successThreshold") not in (None, 0, 1):
            here = ((at, probe), "successThreshold")
            problems.invalid(here, "is not 1", within(value, probe, "successThreshold"), "write 1, or remove it")
    if within(value, "readinessProbe", "terminationGracePeriodSeconds") is not None:
        here = ((at, "readinessProbe"), "terminationGracePeriodSeconds")
        problems.invalid(here, "is not possible in a readiness probe", NOTHING, "remove it")


def _ports(value: Plain, at: At, problems: Problems) -> None:
    ports = mappings(value.get("ports"))
    unique(ports, "name", (at, "ports"), problems)
    hosts: set[object] = set()
    numbers: set[object] = set()
    for index, port in enumerate(ports):
        here: At = ((at, "ports"), index)
        protocol = port.get("protocol") or "TCP"
        number = port.get("containerPort"), protocol
        host = port.get("hostPort"), protocol, port.get("hostIP") or ""
        if port.get("hostPort") and host in hosts:
            problems.invalid(
                (here, "hostPort"), "occurs twice in the container", port.get("hostPort"), "change one of the two"
            )
        elif number in numbers and not (port.get("hostPort") and all(each.get("hostPort") for each in ports)):
            what = f"occurs twice in the container, for {protocol}"
            problems.warn((here, "containerPort"), what, port.get("containerPort"), "remove one of the two")
        hosts.add(host)
        numbers.add(number)


def _resources(value: Plain, at: At, problems: Problems) -> None:
    limits, requests = mapping(value.get("limits")), mapping(value.get("requests"))
    for name, requested in requests.items():
        limit = limits.get(name)
        fixed = name.startswith("hugepages-") or "/" in name
        here: At = ((at, "requests"), name)
        if requested is None:
            continue
        if limit is None:
            if fixed:
                problems.invalid(here, "has no limit of the same amount", requested, "set it in limits too")
        elif amount(requested) > amount(limit):
            problems.invalid(
                here, f"is more than the limit {limit!r}", requested, "raise the limit, or lower the request"
            )
        elif fixed and amount(requested) != amount(limit):
            problems.invalid(here, f"differs from the limit {limit!r}", requested, "make both equal")


def _variable(value: Plain, at: At, problems: Problems) -> None:
    source = value.get("valueFrom")
    if source is not None and value.get("value"):
        problems.invalid(at, "has value and valueFrom, which exclude each other", NOTHING, "keep one of them")


def _named(value: Plain, at: At, problems: Problems) -> None:
    if not value.get("name"):
        problems.invalid((at, "name"), "is missing or empty", NOTHING, "set it")


def _handler(value: Plain, at: At, problems: Problems) -> None:
    one_of(value, _HANDLERS, at, problems)


def _exec(value: Plain, at: At, problems: Problems) -> None:
    if not value.get("command"):
        problems.invalid((at, "command"), "is empty", NOTHING, "write the command")


def _security(value: Plain, at: At, problems: Problems) -> None:
    if value.get("allowPrivilegeEscalation") is False:
        added = within(value, "capabilities", "add")
        if value.get("privileged") is True:
            problems.invalid(
                (at, "allowPrivilegeEscalation"), "is false, and privileged is true", NOTHING, "remove one of them"
            )
        elif isinstance(added, list) and "CAP_SYS_ADMIN" in added:
            problems.invalid(
                (at, "allowPrivilegeEscalation"), "is false, and CAP_SYS_ADMIN is added", NOTHING, "remove one of them"
            )


def _profile(value: Plain, at: At, problems: Problems) -> None:
    local = value.get("localhostProfile") is not None
    if local != (value.get("type") == "Localhost"):
        what = "is only possible with the type Localhost" if local else "is missing for the type Localhost"
        problems.invalid((at, "localhostProfile"), what, NOTHING, "remove it" if local else "set it")


def _toleration(value: Plain, at: At, problems: Problems) -> None:
    operator = value.get("operator") or "Equal"
    if not value.get("key") and operator != "Exists":
        problems.invalid(
            (at, "operator"), "is not Exists, and key is empty", operator, "write a key, or the operator Exists"
        )
    elif operator == "Exists" and value.get("value"):
        problems.invalid((at, "value"), "is not possible with the operator Exists", value["value"], "remove it")
    elif operator == "Equal" and label_value(value.get("value") or ""):
        problems.invalid((at, "value"), str(label_value(value["value"])), value["value"], "correct it")
    if value.get("tolerationSeconds") is not None and value.get("effect") != "NoExecute":
        problems.invalid((at, "tolerationSeconds"), "is only possible with the effect NoExecute", NOTHING, "remove it")


def _selector_requirement(value: Plain, at: At, problems: Problems) -> None:
    operator, values = value.get("operator"), listed(value.get("values"))
    if operator in ("In", "NotIn") and not values:
        problems.invalid((at, "values"), f"is empty, and the operator is {operator}", NOTHING, "write the values")
    elif operator in ("Exists", "DoesNotExist") and values:
        problems.invalid((at, "values"), f"is not possible with the operator {operator}", NOTHING, "remove it")
    elif operator in ("Gt", "Lt") and len(values) != 1:
        problems.invalid(
            (at, "values"), f"is not one value, and the operator is {operator}", NOTHING, "write one value"
        )
    elif operator not in ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"):
        what = "is not an operator of a selector"
        problems.invalid((at, "operator"), what, operator, "write In, NotIn, Exists or DoesNotExist")


def _weighted(value: Plain, at: At, problems: Problems) -> None:
    weight = value.get("weight")
    if isinstance(weight, int) and not 1 <= weight <= 100:
        problems.invalid((at, "weight"), "is not a number from 1 to 100", weight, "correct it")


def _affinity_term(value: Plain, at: At, problems: Problems) -> None:
    if value.get("labelSelector") is None:
        problems.warn((at, "labelSelector"), "is missing, so no pod matches", NOTHING, "set it, or remove the term")


def _node_selector(value: Plain, at: At, problems: Problems) -> None:
    if not value.get("nodeSelectorTerms"):
        problems.invalid((at, "nodeSelectorTerms"), "is empty", NOTHING, "write at least one term")


def _readiness_gate(value: Plain, at: At, problems: Problems) -> None:
    if label_key(value.get("conditionType") or ""):
        problems.invalid(
            (at, "conditionType"), "is not a type of a condition", value.get("conditionType"), "correct it"
        )


HOOKS: Mapping[str, Check] = {
    "core.v1.ConfigMapEnvSource": _named,
    "core.v1.ConfigMapKeySelector": _named,
    "core.v1.Container": _container,
    "core.v1.EnvVar": _variable,
    "core.v1.EnvFromSource": lambda value, at, problems: one_of(value, ("configMapRef", "secretRef"), at, problems),
    "core.v1.ExecAction": _exec,
    "core.v1.LifecycleHandler": _handler,
    "core.v1.NodeSelector": _node_selector,
    "core.v1.NodeSelectorRequirement": _selector_requirement,
    "core.v1.PodAffinityTerm": _affinity_term,
    "core.v1.PodReadinessGate": _readiness_gate,
    "core.v1.PodSpec": _pod,
    "core.v1.PreferredSchedulingTerm": _weighted,
    "core.v1.Probe": _handler,
    "core.v1.ResourceRequirements": _resources,
    "core.v1.SeccompProfile": _profile,
    "core.v1.SecretEnvSource": _named,
    "core.v1.SecretKeySelector": _named,
    "core.v1.SecurityContext": _security,
    "core.v1.Toleration": _toleration,
    "core.v1.WeightedPodAffinityTerm": _weighted,
    "meta.v1.LabelSelectorRequirement": _selector_requirement,
}
"""Rules by definition, for values with the right fields and types."""

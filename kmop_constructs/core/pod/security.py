"""Security contexts of the Pod Security level *restricted*."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs.values.security import Security

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kmop_constructs.typings import k8s

__all__ = ["container_security", "pod_security", "security_beside"]

PRIVILEGED_PORTS = 1024
PORT_START = "net.ipv4.ip_unprivileged_port_start"


def pod_security(security: Security, ports: Sequence[int], *, has_claim: bool) -> k8s.PodSecurityContext:
    """Return the security context of the pod. Its containers listen on `ports`."""
    context: k8s.PodSecurityContext = {} if security.any_user else {"runAsNonRoot": security.run_as_user != 0}
    if security.run_as_user is not None:
        context["runAsUser"] = security.run_as_user
    if security.run_as_group is not None:
        context["runAsGroup"] = security.run_as_group
    fs_group = security.run_as_group if security.fs_group is None and has_claim else security.fs_group
    if fs_group is not None:
        context["fsGroup"] = fs_group
        context["fsGroupChangePolicy"] = "OnRootMismatch"
    if security.supplemental_groups:
        context["supplementalGroups"] = sorted(security.supplemental_groups)
    context["seccompProfile"] = {"type": "RuntimeDefault"}
    sysctls = dict(security.sysctls)
    low = min(ports, default=PRIVILEGED_PORTS)
    if low < PRIVILEGED_PORTS and PORT_START not in sysctls:
        sysctls[PORT_START] = str(low)
    if sysctls:
        context["sysctls"] = [{"name": name, "value": sysctls[name]} for name in sorted(sysctls)]
    return context


def security_beside(own: Security | None, pod: Security) -> Security:
    """Return the security of another container. By default it runs as the app's user, because they share files."""
    if own is not None:
        return own
    default = Security()
    if not pod.run_as_user:  # root is not inherited, and another image may have no user
        return default
    group = default.run_as_group if pod.run_as_group is None else pod.run_as_group
    return replace(default, run_as_user=pod.run_as_user, run_as_group=group)


def container_security(security: Security, pod: Security) -> k8s.SecurityContext:
    """Return the security context of one container. Users that differ from the pod's are set again."""
    context: k8s.SecurityContext = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": security.read_only_root_filesystem,
    }
    if security.any_user:
        del context["capabilities"]
        if security.add_capabilities:
            context["capabilities"] = {"add": sorted(security.add_capabilities)}
    elif security.add_capabilities:
        context["capabilities"] = {"add": sorted(security.add_capabilities), "drop": ["ALL"]}
    if security.privileged:
        context = {"privileged": True, "readOnlyRootFilesystem": security.read_only_root_filesystem}
    if security.run_as_user is not None and security.run_as_user != pod.run_as_user:
        context["runAsUser"] = security.run_as_user
        if (security.run_as_user == 0) != (pod.run_as_user == 0):
            context["runAsNonRoot"] = security.run_as_user != 0
    if security.run_as_group is not None and security.run_as_group != pod.run_as_group:
        context["runAsGroup"] = security.run_as_group
    return context

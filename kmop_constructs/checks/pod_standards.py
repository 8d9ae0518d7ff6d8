"""Pod Security Standards: fields of a pod that each level refuses, by version.

The levels: https://kubernetes.io/docs/concepts/security/pod-security-standards/. If that page leaves something open, the
admission plug-in of Kubernetes decides (k8s.io/pod-security-admission/policy).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, TypeAlias, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.plain import Plain, mapping, mappings, texts, within

__all__ = ["Breach", "Level", "breaches"]

Level: TypeAlias = Literal["baseline", "restricted"]

# Tuples, because the values to look up may be of a type that cannot be hashed.
_CAPABILITIES: Final = (
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
)  # fmt: skip
_PROFILES: Final = ("RuntimeDefault", "Localhost")
_SYSCTLS: Final[Mapping[str, int]] = {
    "kernel.shm_rmid_forced": 0,
    "net.ipv4.ip_local_port_range": 0,
    "net.ipv4.ip_unprivileged_port_start": 0,
    "net.ipv4.ping_group_range": 0,
    "net.ipv4.tcp_syncookies": 0,
    "net.ipv4.ip_local_reserved_ports": 27,
    "net.ipv4.tcp_fin_timeout": 29,
    "net.ipv4.tcp_keepalive_intvl": 29,
    "net.ipv4.tcp_keepalive_probes": 29,
    "net.ipv4.tcp_keepalive_time": 29,
    "net.ipv4.tcp_rmem": 32,
    "net.ipv4.tcp_wmem": 32,
}
"""Safe kernel parameters, by the first minor version that allows them."""
_VOLUMES: Final = (
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret",
)  # fmt: skip
_SELINUX_TYPES: Final[Mapping[str, int]] = {
    "": 0,
    "container_t": 0,
    "container_init_t": 0,
    "container_kvm_t": 0,
    "container_engine_t": 31,
}
_APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_HOOKS: Final = (
    ("startupProbe",),
    ("livenessProbe",),
    ("readinessProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)
_NO_PROBE_HOSTS: Final = 34
_USER_NAMESPACES: Final = 35
"""First minor version in which a pod with its own user namespace (``hostUsers: false``) may run as root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """One field that a level refuses."""

    level: Level
    """Lowest level that refuses the field."""

    field: str
    """Path of the field, from the root of the pod or container."""

    must: str
    """Requirement of the level, such as ``must be false``."""

    got: str
    """Value of the field."""

    container: str | None = None
    """Name of the container. Default: ``None``, a field of the pod."""

    security: str | None = None
    """Field of `Security` that sets it. Default: ``None``, no field does."""

    host: bool = False
    """Whether the field gives the pod something of its node. Default: false."""


def breaches(spec: Plain, annotations: Mapping[str, str], level: Level, minor: int) -> Iterator[Breach]:
    """Yield the fields of a pod that a level refuses, for a minor version of Kubernetes."""
    restricted = level == "restricted"
    windows = within(spec, "os", "name") == "windows"
    own_users = spec.get("hostUsers") is False and minor >= _USER_NAMESPACES
    containers = [
        each for key in ("containers", "initContainers", "ephemeralContainers") for each in mappings(spec.get(key))
    ]
    context = mapping(spec.get("securityContext"))
    yield from _host(spec)
    yield from _volumes(spec, restricted=restricted)
    yield from _sysctls(context, minor)
    for key, value in annotations.items():
        if key.startswith(_APPARMOR) and value not in ("", "runtime/default") and not value.startswith("localhost/"):
            must = "must be runtime/default or localhost/*"
            yield Breach(level="baseline", field=f"the annotation {key}", must=must, got=repr(value))
    yield from _shared(context, None, minor)
    for container in containers:
        found = _container(container, minor, own_users=own_users)
        yield from (each for each in found if restricted or each.level == "baseline")
    if restricted:
        if not own_users:
            yield from _users(context, containers)
        if not windows:
            yield from _seccomp_missing(context, containers)
            for container in containers:
                yield from _rights(container)


def _host(spec: Plain) -> Iterator[Breach]:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key) is True:
            yield Breach(level="baseline", field=key, must="must be false", got="true", host=True)


def _volumes(spec: Plain, *, restricted: bool) -> Iterator[Breach]:
    for volume in mappings(spec.get("volumes")):
        sources = [key for key, value in volume.items() if key != "name" and value is not None]
        field, got = f"volume {volume.get('name')!r}", ", ".join(sources)
        if "hostPath" in sources:
            yield Breach(level="baseline", field=field, must="must not be a hostPath", got=got, host=True)
        elif restricted and sources and not any(key in _VOLUMES for key in sources):
            must = f"must be one of {', '.join(_VOLUMES)}"
            yield Breach(level="restricted", field=field, must=must, got=got)


def _sysctls(context: Plain, minor: int) -> Iterator[Breach]:
    for sysctl in mappings(context.get("sysctls")):
        name = sysctl.get("name")
        if isinstance(name, str) and _SYSCTLS.get(name, minor + 1) > minor:
            since = f"safe only from 1.{_SYSCTLS[name]} on" if name in _SYSCTLS else ""
            must = f"must name safe sysctls only, but {name} is {since or 'not safe'}"
            yield Breach(
                level="baseline", field="securityContext.sysctls", must=must, got=repr(name), security="sysctls"
            )


def _shared(context: Plain, container: str | None, minor: int) -> Iterator[Breach]:
    """Yield breaches that the security contexts of pods and containers have in common."""

    def breach(field: str, must: str, got: object) -> Breach:
        field = f"securityContext.{field}"
        return Breach(level="baseline", field=field, must=must, got=_shown(got), container=container)

    for key in ("seccompProfile", "appArmorProfile"):
        profile = within(context, key, "type")
        if isinstance(profile, str) and profile not in _PROFILES:
            yield breach(f"{key}.type", f"must be {' or '.join(_PROFILES)}", profile)
    selinux = mapping(context.get("seLinuxOptions"))
    kind = selinux.get("type")
    if isinstance(kind, str) and _SELINUX_TYPES.get(kind, minor + 1) > minor:
        allowed = [name for name, since in _SELINUX_TYPES.items() if name and since <= minor]
        yield breach("seLinuxOptions.type", f"must be one of {', '.join(allowed)}", kind)
    for key in ("user", "role"):
        if isinstance(selinux.get(key), str) and selinux[key]:
            yield breach(f"seLinuxOptions.{key}", "must not be set", selinux[key])
    if within(context, "windowsOptions", "hostProcess") is True:
        yield breach("windowsOptions.hostProcess", "must be false", True)


def _container(container: Plain, minor: int, *, own_users: bool) -> Iterator[Breach]:
    """Yield breaches of the baseline in a container. With its own user namespace, only restricted refuses some of them."""
    name, context = _name(container), mapping(container.get("securityContext"))
    if context.get("privileged") is True:
        yield Breach(
            level="baseline",
            field="securityContext.privileged",
            must="must be false",
            got="true",
            container=name,
            security="privileged",
        )
    added = [each for each in _listed(context, "add") if each not in _CAPABILITIES]
    if added:
        yield _capabilities_added("baseline", name, added, "may only name default capabilities")
    process = context.get("procMount")
    if isinstance(process, str) and process != "Default":
        yield Breach(
            level="restricted" if own_users else "baseline",
            field="securityContext.procMount",
            must="must be Default",
            got=repr(process),
            container=name,
        )
    for port in mappings(container.get("ports")):
        number = port.get("hostPort")
        if isinstance(number, int) and number:
            yield Breach(
                level="baseline",
                field="ports.hostPort",
                must="must not be set",
                got=str(number),
                container=name,
                host=True,
            )
    yield from _shared(context, name, minor)
    if minor >= _NO_PROBE_HOSTS:
        for keys in _HOOKS:
            for action in ("httpGet", "tcpSocket"):
                host = within(container, *keys, action, "host")
                if isinstance(host, str) and host:
                    field = ".".join((*keys, action, "host"))
                    yield Breach(level="baseline", field=field, must="must not be set", got=repr(host), container=name)


def _users(context: Plain, containers: list[Plain]) -> Iterator[Breach]:
    """Yield breaches of the rule that no container runs as root: each must set this or inherit it."""
    non_root = context.get("runAsNonRoot")
    for name, each in ((None, context), *((_name(one), mapping(one.get("securityContext"))) for one in containers)):
        user = each.get("runAsUser")
        if isinstance(user, int) and not isinstance(user, bool) and user == 0:
            yield _root(name, "runAsUser", "must not be 0", "0")
        own = each.get("runAsNonRoot")
        inherits = name is None or isinstance(non_root, bool)
        if own is False or (own is not True and not inherits):
            yield _root(name, "runAsNonRoot", "must be true, here or for the whole pod", _shown(own))


def _root(container: str | None, field: str, must: str, got: str) -> Breach:
    field = f"securityContext.{field}"
    return Breach(level="restricted", field=field, must=must, got=got, container=container, security="run_as_user")


def _seccomp_missing(context: Plain, containers: list[Plain]) -> Iterator[Breach]:
    # A wrong profile is a breach of the baseline; it is not also missing.
    if isinstance(within(context, "seccompProfile", "type"), str):
        return
    for container in containers:
        if not isinstance(within(container, "securityContext", "seccompProfile", "type"), str):
            yield Breach(
                level="restricted",
                field="securityContext.seccompProfile.type",
                must=f"must be {' or '.join(_PROFILES)}, here or for the whole pod",
                got="nothing",
                container=_name(container),
            )


def _rights(container: Plain) -> Iterator[Breach]:
    """Yield rights that a container must drop. A privileged container has all rights, which is another breach."""
    name, context = _name(container), mapping(container.get("securityContext"))
    if context.get("privileged") is True:
        return
    escalation = context.get("allowPrivilegeEscalation")
    if escalation is not False:
        yield Breach(
            level="restricted",
            field="securityContext.allowPrivilegeEscalation",
            must="must be false",
            got=_shown(escalation),
            container=name,
        )
    dropped = _listed(context, "drop")
    if "ALL" not in dropped:
        yield Breach(
            level="restricted",
            field="securityContext.capabilities.drop",
            must="must name ALL",
            got=", ".join(dropped) or "nothing",
            container=name,
        )
    added = [each for each in _listed(context, "add") if each in _CAPABILITIES and each != "NET_BIND_SERVICE"]
    if added:
        yield _capabilities_added("restricted", name, added, "may only name NET_BIND_SERVICE")


def _capabilities_added(level: Level, container: str, added: list[str], must: str) -> Breach:
    return Breach(
        level=level,
        field="securityContext.capabilities.add",
        must=must,
        got=", ".join(added),
        container=container,
        security="add_capabilities",
    )


def _listed(context: Plain, key: str) -> list[str]:
    value = within(context, "capabilities", key)
    return [each for each in cast("list[object]", value) if isinstance(each, str)] if isinstance(value, list) else []


def _name(container: Plain) -> str:
    return texts(container).get("name", "?")


def _shown(value: object) -> str:
    """Return a value as in YAML."""
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else repr(value)

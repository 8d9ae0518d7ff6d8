"""Who a container runs as, and what it may do on its node and in the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import Named, annotation_map, flag, frozen, made_by, mapping, name_of, several, texts
from kmop_constructs.values.quantity import whole

__all__ = ["Account", "Permission", "Security"]

_RESTRICTED_CAPABILITIES = ("NET_BIND_SERVICE",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Security:
    """The security context. The defaults are the Pod Security level *restricted* in full.

    The levels: https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """

    run_as_user: int | None = 65532
    """The user id. Default: 65532, the nonroot user of common base images; ``None`` leaves it to the image, which
    must then name a numeric user that is not root."""

    run_as_group: int | None = 65532
    """The group id. Default: 65532; ``None`` leaves it to the image."""

    fs_group: int | None = None
    """The group that owns volumes. Default: none, or `run_as_group` where the pod has a claim."""

    read_only_root_filesystem: bool = True
    """Refuse writes outside of volumes. Default: yes; ``/tmp`` is writable all the same."""

    writable_tmp: bool = True
    """An emptyDir at ``/tmp`` while the root file system is read-only. Default: yes."""

    supplemental_groups: tuple[int, ...] = ()
    """Further groups of the processes. Default: none."""

    privileged: bool = False
    """Give the container every right on its node. Only namespaces at the level *privileged* admit it. Default: no."""

    allow_root: bool = False
    """Accept root, which the restricted level refuses: as user 0, or with ``run_as_user=None`` as the user of the image, which then
    also keeps the capabilities that the container runtime gives. Default: no."""

    add_capabilities: tuple[str, ...] = ()
    """Linux capabilities to add; all others are dropped. Only NET_BIND_SERVICE is allowed at the restricted level.
    Default: none."""

    sysctls: Mapping[str, str] = field(default_factory=dict[str, str])
    """Kernel parameters of the pod. Default: none, or ``net.ipv4.ip_unprivileged_port_start`` where a container
    listens below 1024."""

    def __post_init__(self) -> None:
        for name in ("run_as_user", "run_as_group", "fs_group"):
            value = getattr(self, name)
            if value is not None:
                whole(f"Security.{name}", value)
        for name in ("read_only_root_filesystem", "writable_tmp", "privileged", "allow_root"):
            flag(f"Security.{name}", getattr(self, name))
        object.__setattr__(
            self, "supplemental_groups", several("Security.supplemental_groups", self.supplemental_groups)
        )
        for group in self.supplemental_groups:
            whole("Security.supplemental_groups", group)
        if self.run_as_user == 0 and not self.allow_root:
            what = "use another user id, or say allow_root=True"
            raise bad("Security.run_as_user", "root, which the restricted level refuses", 0, what)
        object.__setattr__(self, "add_capabilities", texts("Security.add_capabilities", self.add_capabilities))
        for capability in self.add_capabilities:
            if capability.startswith("CAP_") or capability.upper() != capability:
                raise bad("Security.add_capabilities", "not the name of a capability", capability, "write NET_ADMIN")
        if self.privileged and self.add_capabilities:
            got = ", ".join(self.add_capabilities)
            raise bad(
                "Security.add_capabilities", "given to a privileged container, which has all", got, "leave it out"
            )
        texts("Security.sysctls", list(mapping("Security.sysctls", self.sysctls)))
        texts("Security.sysctls", self.sysctls.values())
        object.__setattr__(self, "sysctls", frozen(self.sysctls))

    @property
    def restricted(self) -> bool:
        """Whether the restricted level admits it."""
        allowed = all(name in _RESTRICTED_CAPABILITIES for name in self.add_capabilities)
        return allowed and not self.privileged and self.run_as_user != 0 and not self.any_user

    @property
    def any_user(self) -> bool:
        """Whether the container runs as its image says, root included, with the capabilities that the runtime gives."""
        return self.run_as_user is None and self.allow_root


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """Verbs on resources of the Kubernetes API: ``Permission(("get", "list"), ("configmaps",))``."""

    verbs: tuple[str, ...] = field(kw_only=False)
    """``get``, ``list``, ``watch``, ``create``, ``update``, ``patch``, ``delete`` …."""

    resources: tuple[str, ...] = field(kw_only=False)
    """Plural names, such as ``pods`` or ``pods/log``."""

    api_groups: tuple[str, ...] = ("",)
    """API groups. Default: the core group."""

    resource_names: tuple[str, ...] = ()
    """Only objects of these names. Default: all."""

    def __post_init__(self) -> None:
        for name in ("verbs", "resources", "api_groups", "resource_names"):
            object.__setattr__(self, name, texts(f"Permission.{name}", getattr(self, name)))
        if not self.verbs or not self.resources or not self.api_groups:
            raise SpecError("Permission: names no verb, resource or API group; give at least one of each")
        for name in ("verbs", "resources", "api_groups"):
            if "*" in getattr(self, name):
                raise bad(f"Permission.{name}", "a wildcard, which grants what does not exist yet", "*", "list them")


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The ServiceAccount that pods run as."""

    name: str | Named | None = None
    """Its name. Default: the service's."""

    create: bool = True
    """Draw it. Default: yes; ``False`` for one that exists or that another service draws."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Its annotations, such as a cloud identity. Default: none."""

    permissions: tuple[Permission, ...] = ()
    """What it may do, as a Role of its namespace. Default: nothing, and no token is mounted."""

    mount_token: bool = False
    """Mount the API token although no permission is declared here. Default: only with `permissions`."""

    def __post_init__(self) -> None:
        for name in ("create", "mount_token"):
            flag(f"Account.{name}", getattr(self, name))
        if self.name is not None:
            object.__setattr__(self, "name", name_of("Account.name", self.name))
        elif not self.create:
            raise SpecError("Account.name: missing, although the account is not drawn here; name the existing one")
        object.__setattr__(self, "annotations", annotation_map("Account.annotations", self.annotations))
        if self.annotations and not self.create:
            raise SpecError(
                "Account.annotations: given for an account that is not drawn here; set them where it is drawn"
            )
        object.__setattr__(self, "permissions", several("Account.permissions", self.permissions))
        for permission in self.permissions:
            made_by("Account.permissions", permission, Permission)

    @property
    def token(self) -> bool:
        """Whether the pods get the API token."""
        return self.mount_token or bool(self.permissions)

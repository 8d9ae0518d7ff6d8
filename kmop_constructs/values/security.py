"""Security context of containers, ServiceAccount of pods, and permissions in the Kubernetes API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import Named, annotation_map, flag, frozen, made_by, mapping, name_of, several, texts
from kmop_constructs.values.quantity import whole

__all__ = ["Account", "Permission", "Security"]

_RESTRICTED_CAPABILITIES = ("NET_BIND_SERVICE",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Security:
    """Security context. The defaults meet the Pod Security level *restricted* in full.

    The levels: https://kubernetes.io/docs/concepts/security/pod-security-standards/
    """

    run_as_user: int | None = 65532
    """User id of the processes. Default: 65532, the nonroot user of common base images. ``None`` uses the image's user,
    which must be numeric and not root."""

    run_as_group: int | None = 65532
    """Group id of the processes. Default: 65532. ``None`` uses the image's group."""

    fs_group: int | None = None
    """Group id that owns the volumes (``fsGroup``). Default: not set, or `run_as_group` if the pod has a claim."""

    read_only_root_filesystem: bool = True
    """Refuse writes outside of volumes. Default: true; see `writable_tmp` for ``/tmp``."""

    writable_tmp: bool = True
    """Mount an emptyDir at ``/tmp`` if the root file system is read-only. Default: true."""

    supplemental_groups: tuple[int, ...] = ()
    """Additional group ids of the processes. Default: none."""

    privileged: bool = False
    """Give the container all rights on its node. Only namespaces at the level *privileged* admit it. Default: false."""

    allow_root: bool = False
    """Accept root, which the restricted level refuses: user 0, or with ``run_as_user=None`` the user of the image, which then
    also keeps the capabilities of the container runtime. Default: false."""

    add_capabilities: tuple[str, ...] = ()
    """Linux capabilities to add, such as ``NET_ADMIN``; all others are dropped. The restricted level only allows
    ``NET_BIND_SERVICE``. Default: none."""

    sysctls: Mapping[str, str] = field(default_factory=dict[str, str])
    """Kernel parameters of the pod. Default: none, or ``net.ipv4.ip_unprivileged_port_start`` if a container listens on
    a port below 1024."""

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
            what = "use another user id, or set allow_root=True"
            raise bad("Security.run_as_user", "root, which the restricted level refuses", 0, what)
        object.__setattr__(self, "add_capabilities", texts("Security.add_capabilities", self.add_capabilities))
        for capability in self.add_capabilities:
            if capability.startswith("CAP_") or capability.upper() != capability:
                raise bad(
                    "Security.add_capabilities", "not the name of a capability", capability, "write it as NET_ADMIN"
                )
        if self.privileged and self.add_capabilities:
            got = ", ".join(self.add_capabilities)
            raise bad(
                "Security.add_capabilities", "has no effect with privileged=True, which has all", got, "leave it out"
            )
        texts("Security.sysctls", list(mapping("Security.sysctls", self.sysctls)))
        texts("Security.sysctls", self.sysctls.values())
        object.__setattr__(self, "sysctls", frozen(self.sysctls))

    @property
    def restricted(self) -> bool:
        """Whether the restricted level admits a container with this security context."""
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
    """Allowed verbs: ``get``, ``list``, ``watch``, ``create``, ``update``, ``patch``, ``delete`` …. No wildcard."""

    resources: tuple[str, ...] = field(kw_only=False)
    """Plural names of resources, such as ``pods`` or ``pods/log``. No wildcard."""

    api_groups: tuple[str, ...] = ("",)
    """API groups of the resources. Default: the core group (empty text)."""

    resource_names: tuple[str, ...] = ()
    """Names of the objects that are allowed. Default: all objects."""

    def __post_init__(self) -> None:
        for name in ("verbs", "resources", "api_groups", "resource_names"):
            object.__setattr__(self, name, texts(f"Permission.{name}", getattr(self, name)))
        if not self.verbs or not self.resources or not self.api_groups:
            raise SpecError("Permission: no verb, resource or API group; set at least one of each")
        for name in ("verbs", "resources", "api_groups"):
            if "*" in getattr(self, name):
                raise bad(f"Permission.{name}", "a wildcard, which also allows future resources and verbs", "*",
                          "list them one by one")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """ServiceAccount of the pods."""

    name: str | Named | None = None
    """Name of the ServiceAccount, or a construct with that ``name``. Default: the service's name."""

    create: bool = True
    """Create the ServiceAccount. Default: true. Use ``False`` if it exists or if another service creates it."""

    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Annotations of the ServiceAccount, such as a cloud identity. Default: none."""

    permissions: tuple[Permission, ...] = ()
    """Permissions of the ServiceAccount, as a Role in its namespace. Default: none, and no API token is mounted."""

    mount_token: bool = False
    """Mount the API token even without `permissions`. Default: false, the token is mounted only with `permissions`."""

    def __post_init__(self) -> None:
        for name in ("create", "mount_token"):
            flag(f"Account.{name}", getattr(self, name))
        if self.name is not None:
            object.__setattr__(self, "name", name_of("Account.name", self.name))
        elif not self.create:
            raise SpecError("Account.name: not set, but needed with create=False; set the name of the existing account")
        object.__setattr__(self, "annotations", annotation_map("Account.annotations", self.annotations))
        if self.annotations and not self.create:
            raise SpecError(
                "Account.annotations: has no effect with create=False; set the annotations where the account is created"
            )
        object.__setattr__(self, "permissions", several("Account.permissions", self.permissions))
        for permission in self.permissions:
            made_by("Account.permissions", permission, Permission)

    @property
    def token(self) -> bool:
        """Whether the pods get the API token."""
        return self.mount_token or bool(self.permissions)

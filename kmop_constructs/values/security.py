"""Security context of containers, ServiceAccount of pods, and permissions in the Kubernetes API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import Named, annotation_map, flag, frozen, made_by, mapping, name_of, several, texts
from kmop_constructs.values.quantity import whole

__all__ = ["Account", "ClusterPermission", "Permission", "Security"]

_RESTRICTED_CAPABILITIES = ("NET_BIND_SERVICE",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Security:
    """Security context. The defaults meet all requirements of the Pod Security level *restricted*.

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
    """Accept root, which the restricted level refuses: user 0, or any user of the image with ``run_as_user=None``. With
    ``run_as_user=None``, the container then also keeps the capabilities of the container runtime. Default: false."""

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
        """Whether the container runs as the user of its image, even root, with the capabilities of the container runtime."""
        return self.run_as_user is None and self.allow_root


_WITHOUT_NAMESPACE: Mapping[str, frozenset[str]] = {
    "": frozenset({"componentstatuses", "nodes", "persistentvolumes"}),
    "admissionregistration.k8s.io": frozenset(
        {
            "mutatingadmissionpolicies",
            "mutatingadmissionpolicybindings",
            "mutatingwebhookconfigurations",
            "validatingadmissionpolicies",
            "validatingadmissionpolicybindings",
            "validatingwebhookconfigurations",
        }
    ),
    "apiextensions.k8s.io": frozenset({"customresourcedefinitions"}),
    "apiregistration.k8s.io": frozenset({"apiservices"}),
    "authentication.k8s.io": frozenset({"selfsubjectreviews", "tokenreviews"}),
    "authorization.k8s.io": frozenset({"selfsubjectaccessreviews", "selfsubjectrulesreviews", "subjectaccessreviews"}),
    "certificates.k8s.io": frozenset({"certificatesigningrequests", "clustertrustbundles"}),
    "flowcontrol.apiserver.k8s.io": frozenset({"flowschemas", "prioritylevelconfigurations"}),
    "metrics.k8s.io": frozenset({"nodes"}),
    "networking.k8s.io": frozenset({"ingressclasses", "ipaddresses", "servicecidrs"}),
    "node.k8s.io": frozenset({"runtimeclasses"}),
    "rbac.authorization.k8s.io": frozenset({"clusterrolebindings", "clusterroles"}),
    "resource.k8s.io": frozenset({"deviceclasses", "devicetaintrules", "resourceslices"}),
    "scheduling.k8s.io": frozenset({"priorityclasses"}),
    "storage.k8s.io": frozenset(
        {"csidrivers", "csinodes", "storageclasses", "volumeattachments", "volumeattributesclasses"}
    ),
}
"""Resources of Kubernetes 1.27 to 1.37 whose objects have no namespace, by API group."""

_ON_ONE_NAMESPACE = frozenset({"get", "update", "patch", "delete"})
"""Verbs on ``namespaces`` that a Role allows: a request for one Namespace counts as a request in it
(https://github.com/kubernetes/apiserver/blob/master/pkg/endpoints/request/requestinfo.go)."""


def _check_rule(where: str, rule: Permission | ClusterPermission) -> None:
    """Check the fields that both kinds of permissions have."""
    for name in ("verbs", "resources", "api_groups", "resource_names"):
        object.__setattr__(rule, name, texts(f"{where}.{name}", getattr(rule, name)))
    for verb in rule.verbs:
        if verb != verb.lower():
            raise bad(f"{where}.verbs", "not in lower case, and so never allowed", verb, f"write {verb.lower()!r}")
    for name in ("verbs", "resources", "api_groups"):
        if "*" in getattr(rule, name):
            raise bad(f"{where}.{name}", "a wildcard, which also allows future resources and verbs", "*",
                      "list them one by one")  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission:
    """Verbs on resources in the workload's namespace: ``Permission(("get", "list"), ("configmaps",))``.

    For objects without a namespace, and for every namespace, write a `ClusterPermission`.
    """

    verbs: tuple[str, ...] = field(kw_only=False)
    """Allowed verbs: ``get``, ``list``, ``watch``, ``create``, ``update``, ``patch``, ``delete`` …. No wildcard."""

    resources: tuple[str, ...] = field(kw_only=False)
    """Plural names of resources, such as ``pods`` or ``pods/log``. No wildcard."""

    api_groups: tuple[str, ...] = ("",)
    """API groups of the resources. Default: the core group (empty text)."""

    resource_names: tuple[str, ...] = ()
    """Names of the objects that are allowed. Default: all objects."""

    def __post_init__(self) -> None:
        _check_rule("Permission", self)
        if not self.verbs or not self.resources or not self.api_groups:
            raise SpecError("Permission: no verb, resource or API group; set at least one of each")
        hint = f"write Account(cluster_permissions=(ClusterPermission({self.verbs!r}, …),))"
        for resource in self.resources:
            kind = resource.partition("/")[0]
            if any(kind in _WITHOUT_NAMESPACE.get(group, ()) for group in self.api_groups):
                what = "its objects have no namespace, so a Role cannot allow them"
                raise bad("Permission.resources", what, resource, hint)
            if kind == "namespaces" and "" in self.api_groups and (not_one := set(self.verbs) - _ON_ONE_NAMESPACE):
                what = "a Role allows only get, update, patch and delete of its own Namespace"
                raise bad("Permission.verbs", what, min(not_one), hint)


@dataclass(frozen=True, kw_only=True, slots=True)
class ClusterPermission:
    """Verbs in every namespace and on objects without a namespace: ``ClusterPermission(("get", "list"), ("nodes",))``.

    Whoever runs code in the pods has these rights in the whole cluster, so prefer `Permission` where one namespace is enough.
    """

    verbs: tuple[str, ...] = field(kw_only=False)
    """Allowed verbs, as for `Permission`. For URLs: HTTP methods in lower case, such as ``get``. No wildcard."""

    resources: tuple[str, ...] = field(default=(), kw_only=False)
    """Plural names of resources, such as ``nodes`` or ``nodes/metrics``. No wildcard. Default: none, only `urls`."""

    api_groups: tuple[str, ...] = ("",)
    """API groups of the resources. Default: the core group (empty text)."""

    resource_names: tuple[str, ...] = ()
    """Names of the objects that are allowed, in every namespace. Default: all objects."""

    urls: tuple[str, ...] = ()
    """Paths of the API server that are no resources (``nonResourceURLs``), such as ``/metrics``; ``/healthz/*`` is all paths
    below. Set them in a permission without resources. Default: none."""

    def __post_init__(self) -> None:
        _check_rule("ClusterPermission", self)
        object.__setattr__(self, "urls", texts("ClusterPermission.urls", self.urls))
        if not self.verbs or not self.api_groups or not (self.resources or self.urls):
            raise SpecError(
                "ClusterPermission: no verb, resource, URL or API group; set verbs and resources, or verbs and urls"
            )
        if self.resources and self.urls:
            raise bad("ClusterPermission.urls", "set together with resources", list(self.urls), "write two permissions")
        if self.urls and (self.resource_names or self.api_groups != ("",)):
            raise SpecError(
                "ClusterPermission.urls: URLs have neither API groups nor names of objects; leave those out"
            )
        for url in self.urls:
            if not url.startswith("/") or "*" in url[:-1] or url in ("/*", "*"):
                what = "not a path, or a wildcard for every path"
                raise bad("ClusterPermission.urls", what, url, "write a path such as '/metrics', or '/healthz/*'")


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

    cluster_permissions: tuple[ClusterPermission, ...] = ()
    """Permissions of the ServiceAccount in the whole cluster, as a ClusterRole with the name ``<namespace>.<workload>``.
    The chart must set a namespace. Default: none."""

    mount_token: bool = False
    """Mount the API token even without permissions. Default: false, the token is mounted only with permissions."""

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
        wide = several("Account.cluster_permissions", self.cluster_permissions)
        object.__setattr__(self, "cluster_permissions", wide)
        for permission in self.cluster_permissions:
            made_by("Account.cluster_permissions", permission, ClusterPermission)

    @property
    def token(self) -> bool:
        """Whether the pods get the API token."""
        return self.mount_token or bool(self.permissions) or bool(self.cluster_permissions)

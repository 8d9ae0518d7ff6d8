"""Parts that databases of every kind have: pods at the restricted level, claims, certificates, metrics, and scripts.

KubeDB fills in what is not set, by the functions ``SetDefaults`` of https://github.com/kubedb/apimachinery/tree/v0.66.0/apis/kubedb/v1:
the user of each image, and for containers of its own the restricted level and resources. Its webhook refuses another user
(https://github.com/kubedb/apimachinery/blob/v0.66.0/pkg/webhooks/kubedb/v1/postgres.go, ``validateSpecForDB``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.core.pod.containers import env_vars, resources
from kmop_constructs.core.service_names import dns_names
from kmop_constructs.errors import bad
from kmop_constructs.providers.kubedb.names import EXPORTER_PORT, certificate_name, init_name
from kmop_constructs.providers.native.configuration import NativeConfig
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.files import LocalFile, Text

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.providers.kubedb.options import KubeDbMonitor, KubeDbTls
    from kmop_constructs.typings import k8s, kubedb_com
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.files import FileSource
    from kmop_constructs.values.quantity import Size
    from kmop_constructs.values.resources import Resources

__all__ = ["Optional", "Scripts", "certificates", "claim", "metadata", "optional", "pod_template"]

_EXPORTER: k8s.ResourceRequirements = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}}


def metadata(subject: Subject, name: str) -> k8s.ObjectMeta:
    """Return the metadata of a resource.

    KubeDB gives its pods the labels of the resource, except ``name``, ``instance``, ``version`` and ``managed-by`` of
    ``app.kubernetes.io`` (``FilterKeys`` of kmodules.xyz/client-go). Its policies select pods by ``component``, which stays its own.
    """
    labels = {key: value for key, value in subject.labels.items() if key != "app.kubernetes.io/component"}
    return {"name": name, "labels": labels}


def _context() -> k8s.SecurityContext:
    """Return the context of a container. Scripts of KubeDB write to the root file system, so it is not read-only."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def pod_template(
    pods: ServiceFacts, container: str, wanted: Resources, env: Mapping[str, EnvValue], *, placement: str
) -> kubedb_com.ElasticsearchPodTemplate:
    """Return what the pods have beside KubeDB's own form of them. `container` is that of the server."""
    server: k8s.Container = {"name": container, "resources": resources(wanted), "securityContext": _context()}
    if env:
        server["env"] = env_vars(pods, env)
    spec: kubedb_com.ElasticsearchPodTemplateSpec = {
        "containers": [server],
        "enableServiceLinks": False,
        "podPlacementPolicy": {"name": placement},
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
    }
    if pods.cluster.pull_secrets:
        spec["imagePullSecrets"] = [{"name": each} for each in pods.cluster.pull_secrets]
    return {"spec": spec}


def claim(size: Size, storage_class: str | None) -> k8s.PersistentVolumeClaimSpec:
    """Return the claim of each instance."""
    found: k8s.PersistentVolumeClaimSpec = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": str(size)}},
    }
    if storage_class is not None:
        found["storageClassName"] = storage_class
    return found


class Optional(TypedDict, total=False):
    """Fields of a resource that it has only where they are wanted."""

    authSecret: kubedb_com.ElasticsearchAuthSecret
    init: kubedb_com.ElasticsearchInit
    monitor: kubedb_com.ElasticsearchMonitor
    tls: kubedb_com.ElasticsearchTls


def optional(
    pods: ServiceFacts,
    *,
    admin: SecretKey | None,
    tls: KubeDbTls | None,
    monitor: KubeDbMonitor | None,
    scripts: Scripts | None = None,
    alias: str = "server",
) -> Optional:
    """Return the login of the administrator, the scripts, certificates and the exporter, as far as they are wanted.

    Without a login KubeDB makes one. Without ``externallyManaged`` it would make a Secret of this name
    (https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/redis/concepts/redis.md#specauthsecret).
    """
    found: Optional = {}
    if admin is not None:
        found["authSecret"] = {"kind": "Secret", "name": admin.name, "externallyManaged": True}
    init = None if scripts is None else scripts.init()
    if init is not None:
        found["init"] = init
    if tls is not None:
        found["tls"] = certificates(pods, tls, alias=alias)
    if monitor is not None:
        found["monitor"] = _monitoring(monitor)
    return found


def certificates(pods: ServiceFacts, tls: KubeDbTls, *, alias: str = "server") -> kubedb_com.ElasticsearchTls:
    """Return the issuer, and the names of the server's certificate: those of all Services, and of the server inside its pod."""
    return {
        "issuerRef": {"apiGroup": "cert-manager.io", "kind": tls.kind, "name": tls.issuer},
        "certificates": [
            {
                "alias": alias,
                "secretName": certificate_name(pods.name, alias),
                "subject": {"organizations": ["kubedb"], "organizationalUnits": [alias]},
                "dnsNames": [*dns_names(pods), "localhost"],
                "ipAddresses": ["127.0.0.1"],
            }
        ],
    }


def _monitoring(monitor: KubeDbMonitor) -> kubedb_com.ElasticsearchMonitor:
    """Return the exporter of metrics."""
    found: kubedb_com.ElasticsearchMonitorPrometheus = {
        "exporter": {"port": EXPORTER_PORT, "resources": _EXPORTER, "securityContext": _context()}
    }
    if monitor.labels is None:
        return {"agent": "prometheus.io/builtin", "prometheus": found}
    found["serviceMonitor"] = {"labels": dict(monitor.labels)}
    return {"agent": "prometheus.io/operator", "prometheus": found}


@dataclass(frozen=True, kw_only=True, slots=True)
class Scripts:
    """Scripts that run once, when the first instance has an empty volume."""

    where: str
    """Construct path of the store, for messages."""

    store: str
    """Name of the store."""

    own: Mapping[str, str]
    """Scripts of this room: what creates the users."""

    given: Mapping[str, FileSource]
    """Scripts of the spec, in the order of their names after those of this room."""

    endings: Sequence[str]
    """Endings of the names of files that KubeDB runs."""

    def __post_init__(self) -> None:
        for name, source in self.given.items():
            if not name.endswith(tuple(self.endings)):
                what = "not a script that KubeDB runs"
                raise bad(f"{self.where}: init_scripts", what, name, f"end the name with {' or '.join(self.endings)}")
            if self.own and name <= max(self.own):
                what = f"the name sorts before {max(self.own)!r}, which creates the user"
                raise bad(f"{self.where}: init_scripts", what, name, "rename it")
            if not isinstance(source, Text | LocalFile | ConfigKey | SecretKey):
                what, got = "not a script that can be mounted", type(source).__name__
                raise bad(
                    f"{self.where}: init_scripts[{name!r}]", what, got, "write Text(…), LocalFile(…) or ConfigKey(…)"
                )

    @property
    def _texts(self) -> dict[str, Text | LocalFile]:
        given = {name: each for name, each in self.given.items() if isinstance(each, Text | LocalFile)}
        return {**{name: Text(each) for name, each in self.own.items()}, **given}

    def draw(self, drawn: DrawnStore) -> None:
        """Draw the ConfigMap of the scripts that are written in the app."""
        if self._texts:
            NativeConfig(drawn, "init", name=init_name(self.store), data=self._texts)

    def init(self) -> kubedb_com.ElasticsearchInit | None:
        """Return where KubeDB reads the scripts; ``None`` without scripts."""
        ours = init_name(self.store)
        others = {name: each for name, each in sorted(self.given.items()) if isinstance(each, ConfigKey | SecretKey)}
        if not others:
            return {"script": {"configMap": {"name": ours}}} if self._texts else None
        sources: list[kubedb_com.ElasticsearchInitScriptProjectedSource] = []
        if self._texts:
            sources.append({"configMap": {"name": ours}})
        for name, each in others.items():
            part: kubedb_com.ElasticsearchInitScriptProjectedSourceConfigMap = {
                "name": each.name,
                "items": [{"key": each.key, "path": name}],
            }
            sources.append({"configMap": part} if isinstance(each, ConfigKey) else {"secret": part})
        return {"script": {"projected": {"sources": sources}}}

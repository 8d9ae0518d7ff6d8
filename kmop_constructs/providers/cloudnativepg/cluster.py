"""The Cluster of a store, and the objects beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.users import check_postgres_users
from kmop_constructs.core.pod.containers import env_vars, resources
from kmop_constructs.errors import SpecError, UnsupportedError, bad
from kmop_constructs.providers.cloudnativepg.backups import PLUGIN, archive
from kmop_constructs.providers.cloudnativepg.names import (
    CLUSTER,
    check_password,
    check_user,
    cluster_name,
    object_ids,
    pooler_name,
    roles_of,
)
from kmop_constructs.providers.cloudnativepg.settings import parameters
from kmop_constructs.values.env import ConfigKey
from kmop_constructs.values.files import LocalFile, Text

if TYPE_CHECKING:
    from kmop_constructs.components.data.backup import FromBackup
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.components.data.store_spec import PostgresSpec, Provision
    from kmop_constructs.components.security.identity import Granted
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.providers.cloudnativepg.sites import Here
    from kmop_constructs.typings import k8s, postgresql_cnpg_io
    from kmop_constructs.values.files import FileSource
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.resources import Resources

__all__ = ["Wanted", "database", "init_scripts_name", "postgres_cluster", "roles"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Everything that a Cluster is drawn from."""

    subject: Subject
    spec: PostgresSpec
    provision: Provision
    instances: int
    resources: Resources
    image: Image
    database: str
    owner: Credentials
    generation: int
    recovery: FromBackup | None
    """Where the data of this generation comes from; ``None`` if it begins empty."""
    object_store: str | None
    """Name of the object store of its copies; ``None`` without copies in a bucket."""
    snapshots: postgresql_cnpg_io.ClusterBackup | None
    here: Here | None
    """This cluster, of those that have the database together; ``None`` for one of its own."""
    granted: Granted | None
    pods: ServiceFacts
    """The instances, as a workload of this app."""

    @property
    def name(self) -> str:
        """Name of the Cluster."""
        return cluster_name(self.subject, self.generation)

    @property
    def owner_name(self) -> str:
        """Name of the user that owns the database."""
        return self.owner.user if isinstance(self.owner.user, str) else self.database


def postgres_cluster(wanted: Wanted) -> postgresql_cnpg_io.Cluster:
    """Return the Cluster."""
    storage = wanted.provision.storage
    if storage is None:
        raise SpecError(f"{wanted.subject.path}: provision.storage: not set, and every instance keeps the data in a claim; set it in "
                        "the spec (provision=Provision(storage=Size.gib(20))), or for the platform: CloudNativePg(provision=…)")  # fmt: skip
    spec: postgresql_cnpg_io.ClusterSpec = {
        "instances": wanted.instances,
        "imageName": wanted.image.url_from(wanted.subject.cluster.registries),
        "bootstrap": _bootstrap(wanted),
        "enableSuperuserAccess": False,
        "enablePDB": True,
        "storage": {"size": str(storage)},
        "resources": resources(wanted.resources),
        "affinity": {
            "enablePodAntiAffinity": True,
            "podAntiAffinityType": "preferred",
            "topologyKey": "kubernetes.io/hostname",
        },
        "topologySpreadConstraints": [
            {
                "labelSelector": {"matchLabels": {CLUSTER: wanted.name}},
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "ScheduleAnyway",
            }
        ],
    }
    if wanted.subject.cluster.pull_secrets:
        spec["imagePullSecrets"] = [{"name": each} for each in wanted.subject.cluster.pull_secrets]
    if wanted.provision.storage_class is not None:
        spec["storage"]["storageClass"] = wanted.provision.storage_class
    server = _server(wanted)
    if server:
        spec["postgresql"] = server
    if wanted.provision.pooler is not None:
        spec["certificates"] = {"serverAltDNSNames": _pooler_names(wanted)}
    if wanted.object_store is not None:
        spec["plugins"] = [archive(wanted.object_store, wanted.name)]
    if wanted.snapshots is not None:
        spec["backup"] = wanted.snapshots
    known = _external_clusters(wanted)
    if known:
        spec["externalClusters"] = known
    if wanted.here is not None:
        spec["replica"] = wanted.here.stanza()
    if wanted.granted is not None:
        _add_identity(spec, wanted.granted, wanted.pods)
    metadata: k8s.ObjectMeta = {"name": wanted.name, "labels": dict(wanted.subject.labels)}
    return {"apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": metadata, "spec": spec}


def _pooler_names(wanted: Wanted) -> list[str]:
    """Return the names of the poolers, which serve with the certificate of the Cluster. It has those of its Services only."""
    found: list[str] = []
    for role in roles_of(wanted.instances):
        name, namespace = pooler_name(wanted.name, role), wanted.subject.namespace
        found.append(name)
        if namespace is not None:
            found += [
                f"{name}.{namespace}",
                f"{name}.{namespace}.svc",
                f"{name}.{namespace}.svc.{wanted.subject.cluster.domain}",
            ]
    return found


def _bootstrap(wanted: Wanted) -> postgresql_cnpg_io.ClusterBootstrap:
    """Return how the data is made: empty, from the copies of an earlier generation, or from those of another cluster."""
    recovery = wanted.recovery
    if wanted.here is not None and wanted.here.follows is not None:
        return {"recovery": _owned(wanted, {"source": wanted.here.follows})}
    if recovery is None:
        first: postgresql_cnpg_io.ClusterBootstrapInitdb = {
            "database": wanted.database,
            "owner": wanted.owner_name,
            "dataChecksums": True,
            "encoding": "UTF8",
        }
        if wanted.spec.credentials is not None:
            first["secret"] = {"name": wanted.owner.password.name}
        scripts = _script_references(wanted.name, wanted.spec.init_scripts)
        if scripts:
            first["postInitApplicationSQLRefs"] = scripts
        return {"initdb": first}
    found: postgresql_cnpg_io.ClusterBootstrapRecovery = {}
    if wanted.object_store is not None:
        found["source"] = cluster_name(wanted.subject, recovery.generation)
    _owned(wanted, found)
    if recovery.snapshot is not None:
        # https://cloudnative-pg.io/documentation/1.30/recovery/#recovery-from-volumesnapshot-objects
        found["volumeSnapshots"] = {
            "storage": {"name": recovery.snapshot, "kind": "VolumeSnapshot", "apiGroup": "snapshot.storage.k8s.io"}
        }
    if recovery.until is not None:
        moment = recovery.until.astimezone(UTC)
        found["recoveryTarget"] = {"targetTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return {"recovery": found}


def _owned(
    wanted: Wanted, found: postgresql_cnpg_io.ClusterBootstrapRecovery
) -> postgresql_cnpg_io.ClusterBootstrapRecovery:
    """Add the database and its owner, whose password is set when the recovery ends."""
    found["database"] = wanted.database
    found["owner"] = wanted.owner_name
    if wanted.spec.credentials is not None:
        found["secret"] = {"name": wanted.owner.password.name}
    return found


def _external_clusters(wanted: Wanted) -> list[postgresql_cnpg_io.ClusterExternalCluster]:
    """Return where copies are read: those of the earlier generation, and those of all clusters that have the database."""
    found: list[postgresql_cnpg_io.ClusterExternalCluster] = []
    recovery = wanted.recovery
    follows = wanted.here is not None and wanted.here.follows is not None
    if recovery is not None and not follows:
        _check_recovery(wanted, recovery)
        if wanted.object_store is not None:
            found.append(_origin(wanted, recovery, wanted.object_store))
    if wanted.here is not None:
        found += wanted.here.external_clusters(wanted.subject, wanted.name)
    return found


def _check_recovery(wanted: Wanted, recovery: FromBackup) -> None:
    """Refuse a recovery that has nothing to begin from, or no log that reaches the moment."""
    where = f"{wanted.subject.path}: recovery"
    if recovery.snapshot is None and wanted.snapshots is not None:
        what = "not set, and the copies of the earlier generation are snapshots, whose names are known in the cluster alone"
        raise bad(
            f"{where}.snapshot", what, "None", "set it: FromBackup(1, snapshot='…'), see kubectl get volumesnapshots"
        )
    if recovery.snapshot is None and wanted.object_store is None:
        raise UnsupportedError(
            f"{where}: there are no copies in a bucket to recover from; set provision.backup with to=S3(…), GoogleStorage(…) or AzureBlob(…), where "
            "those of the earlier generation are, or name a snapshot: FromBackup(1, snapshot='…')"
        )
    if recovery.until is not None and wanted.object_store is None:
        what = "set, and there is no log that leads from the snapshot to that moment"
        do = "leave it out, or set where the log is: VolumeSnapshots(…, log=S3(…))"
        raise bad(f"{where}.until", what, str(recovery.until), do)


def _origin(wanted: Wanted, recovery: FromBackup, store: str) -> postgresql_cnpg_io.ClusterExternalCluster:
    """Return where the copies or the log of the earlier generation are."""
    name = cluster_name(wanted.subject, recovery.generation)
    parameters = {"barmanObjectName": store, "serverName": name}
    return {"name": name, "plugin": {"name": PLUGIN, "parameters": parameters}}


def _server(wanted: Wanted) -> postgresql_cnpg_io.ClusterPostgresql:
    found: postgresql_cnpg_io.ClusterPostgresql = {}
    settings = parameters(wanted.subject, wanted.spec.settings)
    if settings:
        found["parameters"] = settings
    if wanted.provision.synchronous:
        if wanted.instances == 1:
            raise bad(f"{wanted.subject.path}: provision.synchronous", "set for one instance, which has no second one to wait for",
                      True, "set instances=3, which keeps on writing without one of them")  # fmt: skip
        # https://cloudnative-pg.io/documentation/1.30/failover/#failover-quorum-quorum-based-failover
        found["synchronous"] = {"method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": True}
    return found


def _add_identity(spec: postgresql_cnpg_io.ClusterSpec, granted: Granted, pods: ServiceFacts) -> None:
    """Give the pods an identity of the cloud: by annotations of their account, labels and variables."""
    if granted.account_annotations:
        spec["serviceAccountTemplate"] = {"metadata": {"annotations": dict(granted.account_annotations)}}
    inherited: postgresql_cnpg_io.ClusterInheritedMetadata = {}
    if granted.pod_labels:
        inherited["labels"] = dict(granted.pod_labels)
    if granted.pod_annotations:
        inherited["annotations"] = dict(granted.pod_annotations)
    if inherited:
        spec["inheritedMetadata"] = inherited
    if granted.env:
        spec["env"] = env_vars(pods, granted.env)


def init_scripts_name(cluster: str) -> str:
    """Return the name of the ConfigMap of the scripts that are written in the app."""
    return f"{cluster}-init"


def _script_references(
    cluster: str, scripts: Mapping[str, FileSource]
) -> postgresql_cnpg_io.ClusterBootstrapInitdbPostInitApplicationSQLRefs:
    """Return the scripts. CloudNativePG runs those of Secrets first, then those of ConfigMaps, each in their order."""
    config: list[postgresql_cnpg_io.ClusterMonitoringCustomQueriesConfigMap] = []
    for name, source in sorted(scripts.items()):
        match source:
            case ConfigKey():
                config.append({"name": source.name, "key": source.key})
            case Text() | LocalFile():
                config.append({"name": init_scripts_name(cluster), "key": name})
            case _:
                what = "not a script that CloudNativePG reads"
                raise bad(
                    f"init_scripts[{name!r}]",
                    what,
                    type(source).__name__,
                    "write Text(…), LocalFile(…) or ConfigKey(…)",
                )
    return {"configMapRefs": config} if config else {}


def roles(wanted: Wanted) -> list[tuple[str, postgresql_cnpg_io.DatabaseRole]]:
    """Return the users of the spec, and before them the roles that they are members of, each with an id."""
    check_postgres_users(wanted.subject.path, wanted.spec.users, wanted.owner_name)
    groups = sorted({role for user in wanted.spec.users.values() for role in user.created_roles})
    found: list[tuple[str, postgresql_cnpg_io.DatabaseRole]] = []
    ids = object_ids(f"{wanted.subject.path}: users: roles", "role", groups)
    for group, id in ids.items():
        found.append((id, _role(wanted, id, group, login=False)))
    ids = object_ids(f"{wanted.subject.path}: users", "user", wanted.spec.users)
    for name, user in wanted.spec.users.items():
        where = f"{wanted.subject.path}: users[{name!r}]"
        check_user(where, user.name)
        for role in user.created_roles:
            check_user(f"{where}.roles", role)
        check_password(where, user.credentials)
        role = _role(wanted, ids[name], user.name, login=True)
        role["spec"]["passwordSecret"] = {"name": user.credentials.password.name}
        if user.roles:
            role["spec"]["inRoles"] = sorted(user.roles)
        found.append((ids[name], role))
    return found


def _role(wanted: Wanted, id: str, name: str, *, login: bool) -> postgresql_cnpg_io.DatabaseRole:
    """Return a role, which stays in the database when its object goes."""
    metadata: k8s.ObjectMeta = {"name": f"{wanted.name}-{id}", "labels": dict(wanted.subject.labels)}
    spec: postgresql_cnpg_io.DatabaseRoleSpec = {
        "cluster": {"name": wanted.name},
        "name": name,
        "databaseRoleReclaimPolicy": "retain",
        "login": login,
    }
    return {"apiVersion": "postgresql.cnpg.io/v1", "kind": "DatabaseRole", "metadata": metadata, "spec": spec}


def database(wanted: Wanted) -> postgresql_cnpg_io.Database | None:
    """Return the database with its extensions; ``None`` without extensions, because the Cluster makes the database."""
    if not wanted.spec.extensions:
        return None
    name = f"{wanted.name}-{wanted.database.replace('_', '-').lower()}"
    return {
        "apiVersion": "postgresql.cnpg.io/v1",
        "kind": "Database",
        "metadata": {"name": name, "labels": dict(wanted.subject.labels)},
        "spec": {
            "cluster": {"name": wanted.name},
            "name": wanted.database,
            "owner": wanted.owner_name,
            "databaseReclaimPolicy": "retain",
            "extensions": [{"name": each, "ensure": "present"} for each in sorted(wanted.spec.extensions)],
        },
    }

"""Redis and Valkey by KubeDB, as a provider of a platform.

https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/redis/sentinel/redis-sentinel.md shows the Services of a Redis with Sentinels and
the name of its group, https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/redis/clustering/redis-cluster.md those of a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import StoreNames
from kmop_constructs.components.data.connection import Sentinels
from kmop_constructs.components.data.drawn import DrawnStore
from kmop_constructs.components.data.own_traffic import tcp
from kmop_constructs.components.data.redis_configuration import redis_configuration
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.technology import REDIS
from kmop_constructs.components.data.uses import MadeForStore
from kmop_constructs.core.edges import ServiceRef
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesSecret, MakesService, ReadsSecret
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.errors import UnsupportedError, bad
from kmop_constructs.providers.kubedb import names, parts
from kmop_constructs.providers.kubedb.logins import check_password
from kmop_constructs.providers.kubedb.options import KubeDbProvider, version_of
from kmop_constructs.providers.kubedb.services import Database
from kmop_constructs.providers.kubedb.traffic import own_traffic
from kmop_constructs.values.names import one_of
from kmop_constructs.values.pods import Pods
from kmop_constructs.values.quantity import Cpu, Size, whole
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.own_traffic import OwnTraffic
    from kmop_constructs.components.data.store_spec import Provision, RedisSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.kubedb.options import KubeDbTls
    from kmop_constructs.typings import kubedb_com
    from kmop_constructs.values.pods import Peer

    from constructs import Construct

__all__ = ["KubeDbRedis"]

Form: TypeAlias = Literal["standalone", "sentinel", "cluster"]

_PORT, _BUS_PORT, _SENTINEL_PORT = 6379, 16379, 26379
_SENTINELS = 3
"""The fewest Sentinels that survive the loss of one
(https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/#fundamental-things-to-know-about-sentinel-before-deploying)."""

_LOOKUPS = Size("1Gi")
"""Size of the claim of each Sentinel, as in KubeDB's example."""

_SENTINEL_RESOURCES = Resources(cpu=Cpu("50m"), memory=Size("64Mi"))
_DEFAULTS: dict[Form, int] = {"standalone": 1, "sentinel": 3, "cluster": 2}


@dataclass(frozen=True, kw_only=True, slots=True)
class KubeDbRedis(KubeDbProvider):
    """Draws `Redis` for KubeDB v2026.7.10: one instance, a primary with replicas and Sentinels, or a cluster.

    ``Platform(redis=KubeDbRedis(licence="enterprise", provision=Provision(storage=Size.gib(5))))``. A version such as ``valkey-8.1.1`` is
    Valkey. Redis acknowledges a write before a replica has it, so a fail-over can lose the last ones.
    """

    guess: ClassVar[Resources] = Resources(cpu=Cpu("100m"), memory=Size("256Mi"))
    prefixes: ClassVar[tuple[str, ...]] = ("valkey-",)

    form: Form = "sentinel"
    """``standalone``: one instance. ``sentinel``: a primary, replicas and Sentinels, which make another instance the primary; callers use
    the Service of the primary, or ask the Sentinels (`RedisSentinel`). ``cluster``: data spread over shards, for callers with a client
    of clusters (`RedisCluster`). Default: ``sentinel``."""

    shards: int | None = None
    """Number of shards of a cluster, at least 3. Only with the form ``cluster``. Default: 3."""

    def __post_init__(self) -> None:
        KubeDbProvider.__post_init__(self)
        one_of("KubeDbRedis.form", self.form, Form)
        if self.shards is not None:
            # The webhook refuses fewer (pkg/webhooks/kubedb/v1/redis.go of https://github.com/kubedb/apimachinery/tree/v0.66.0).
            whole("KubeDbRedis.shards", self.shards, lowest=3)
            if self.form != "cluster":
                what = f"has no effect with the form {self.form!r}"
                raise bad("KubeDbRedis.shards", what, self.shards, "write form='cluster'")

    def names(self, subject: Subject, spec: RedisSpec, /) -> StoreNames:
        """Return the names that callers will use: the Service, the password, and the authority with TLS."""
        name = names.check_name(subject, "Redis")
        login = None if spec.password is None else Credentials(password=spec.password)
        store = self._database(subject).store(REDIS, name, credentials=login, tls=self.tls)
        sentinels = _sentinels(subject, self.tls) if self.form == "sentinel" else None
        return StoreNames(primary=replace(store, cluster=self.form == "cluster", sentinels=sentinels))

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: RedisSpec, accepts: tuple[Peer, ...]
    ) -> DrawnStore:
        """Draw the store. The platform calls this."""
        provision = self.provision.overridden(intent.provision)
        self.admit(subject, provision)
        instances = self._instances(subject, provision)
        notices = tuple(self._notices(subject, intent, provision, instances))
        database = self._database(subject)
        watchers = _watchers(subject)
        made: list[MakesService | MakesSecret | ReadsSecret | MadeForStore] = [*database.services(accepts)]
        if self.form == "sentinel":
            made += watchers.services(accepts)
            # The instances have the label of the store itself.
            made.append(MadeForStore(store=subject.path, label=("app.kubernetes.io/instance", watchers.name)))
        traffic = self._traffic(subject)
        made += _secrets(database, intent, self)
        kept = self.as_drawn(provision, form=self.form)
        drawn = DrawnStore(scope, id, (*traffic[0].notices(), *notices, *made, kept))
        Manifest(drawn, "redis", self._resource(database, intent, provision, instances))
        if self.form == "sentinel":
            Manifest(drawn, "sentinel", self._sentinel(watchers, intent, provision))
        for each, part in zip(traffic, ("traffic", "sentinel-traffic"), strict=False):
            if (policy := each.policy()) is not None:
                Manifest(drawn, part, policy)
        return drawn

    def _traffic(self, subject: Subject) -> list[OwnTraffic]:
        """Return the traffic of the instances, and of their Sentinels, which reach each other."""
        among, monitored = (_BUS_PORT,) if self.form == "cluster" else (), self.monitor is not None
        if self.form != "sentinel":
            return [own_traffic(subject, "Redis", (_PORT,), among, monitored=monitored)]
        name = names.sentinel_name(subject.name)
        instances = Pods(labels=names.labels_of("Redis", subject.name))
        sentinels = Pods(labels=names.labels_of("RedisSentinel", name))
        both = (tcp(sentinels, _SENTINEL_PORT), tcp(instances, _PORT))
        return [
            own_traffic(subject, "Redis", (_PORT,), monitored=monitored, comes=(tcp(sentinels, _PORT),), goes=both[:1]),
            own_traffic(
                subject,
                "RedisSentinel",
                (_SENTINEL_PORT,),
                monitored=False,
                name=name,
                comes=(tcp(instances, _SENTINEL_PORT),),
                goes=both[1:],
            ),
        ]

    def _resource(
        self, database: Database, intent: RedisSpec, provision: Provision, instances: int
    ) -> kubedb_com.Redis:
        subject, pods = database.subject, database.pods
        chosen = provision.resources or self.guess
        version = self.catalog_version(subject, intent)
        spec: kubedb_com.RedisSpec = {
            "version": version,
            "mode": "Standalone" if self.form == "standalone" else "Sentinel" if self.form == "sentinel" else "Cluster",
            "storageType": "Durable" if intent.keeps_data else "Ephemeral",
            "deletionPolicy": self._deletion(intent),
            "podTemplate": parts.pod_template(pods, "redis", chosen, {}, placement=self.placement),
            **parts.optional(pods, admin=intent.password, tls=self.tls, monitor=self.monitor),
        }
        if self.form == "cluster":
            spec["cluster"] = {"shards": self.shards or 3, "replicas": instances}
        else:
            spec["replicas"] = instances
        if self.form == "sentinel":
            watched: kubedb_com.RedisSentinelRef = {"name": names.sentinel_name(subject.name)}
            if subject.namespace is not None:
                watched["namespace"] = subject.namespace
            spec["sentinelRef"] = watched
        if intent.keeps_data:
            spec["storage"] = parts.claim(self.storage_of(subject, provision), provision.storage_class)
        if intent.password is None:
            spec["disableAuth"] = True
        text = redis_configuration(subject, intent, chosen, fails_over=self.form == "sentinel")
        if self.tls is not None:
            # By default a server with TLS asks callers for a certificate of their own
            # (https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/#client-certificate-authentication).
            text += "tls-auth-clients no\n"
        # RedisConfigKey and ValkeyConfigKey in https://github.com/kubedb/apimachinery/blob/v0.66.0/apis/kubedb/constants.go
        file = "valkey.conf" if version.startswith("valkey") else "redis.conf"
        configuration: kubedb_com.RedisConfiguration = {"inline": {file: text}}
        spec["configuration"] = configuration
        return {
            "apiVersion": "kubedb.com/v1",
            "kind": "Redis",
            "metadata": parts.metadata(subject, subject.name),
            "spec": spec,
        }

    def _sentinel(self, watchers: Database, intent: RedisSpec, provision: Provision) -> kubedb_com.RedisSentinel:
        """Return the Sentinels. They have the password of the instances, or none as they."""
        subject, pods = watchers.subject, watchers.pods
        spec: kubedb_com.RedisSentinelSpec = {
            "version": self.catalog_version(subject, intent),
            "replicas": _SENTINELS,
            "storageType": "Durable",
            "storage": parts.claim(_LOOKUPS, provision.storage_class),
            "deletionPolicy": self.deletion,
            "podTemplate": parts.pod_template(pods, "redissentinel", _SENTINEL_RESOURCES, {}, placement=self.placement),
            **parts.optional(pods, admin=intent.password, tls=self.tls, monitor=None),
        }
        if intent.password is None:
            spec["disableAuth"] = True
        return {
            "apiVersion": "kubedb.com/v1",
            "kind": "RedisSentinel",
            "metadata": parts.metadata(subject, watchers.name),
            "spec": spec,
        }

    def _deletion(self, intent: RedisSpec) -> Literal["Delete", "DoNotTerminate", "Halt", "WipeOut"]:
        """Return what stays. The webhook refuses ``Halt`` of data that is in the pods alone."""
        return "Delete" if self.deletion == "Halt" and not intent.keeps_data else self.deletion

    def _database(self, subject: Subject) -> Database:
        standby = self.form == "sentinel"
        return Database(subject=subject, kind="Redis", name=subject.name, port=_PORT, standby=standby)

    def _instances(self, subject: Subject, provision: Provision) -> int:
        count = _DEFAULTS[self.form] if provision.instances is None else provision.instances
        where = f"{subject.path}: provision.instances"
        if self.form == "standalone" and count != 1:
            raise bad(where, "more than the one of the form 'standalone'", count, "write KubeDbRedis(form='sentinel')")
        if self.form != "standalone" and count < 2:
            what = f"too few for the form {self.form!r}, which needs a second copy of the data"
            raise bad(where, what, count, "set 2 or more, or write KubeDbRedis(form='standalone')")
        return count

    def _check_version(self, subject: Subject, spec: RedisSpec) -> None:
        """Refuse what the webhook refuses (``checkTLSSupport`` and ``validateVersionForSentinelMode`` in pkg/webhooks/kubedb/v1)."""
        version = version_of(self.catalog_version(subject, spec), self.prefixes)
        if version is None:
            return  # mapped by the platform
        if self.tls is not None and version < (6,):
            what = "older than 6.0, which has no TLS"
            raise bad(f"{subject.path}: version", what, spec.version, "use a newer one, or leave KubeDbRedis.tls out")
        if self.form == "sentinel" and version < (6, 2, 5):
            do = "use a newer one, or another form of KubeDbRedis"
            raise bad(f"{subject.path}: version", "older than 6.2.5, with Sentinels", spec.version, do)

    def _notices(self, subject: Subject, spec: RedisSpec, provision: Provision, instances: int) -> Iterator[Finding]:
        self._check_version(subject, spec)
        check_password(f"{subject.path}: password", spec.password)
        if provision.synchronous:
            raise UnsupportedError(
                f"{subject.path}: provision.synchronous: Redis acknowledges a write before a replica has it; remove it, and let callers "
                "that need more use WAIT"
            )
        yield from self.notices(subject, provision, instances)
        if instances > 1 and spec.keeps_data and provision.synchronous is None:
            message = "replication is asynchronous, so that the last writes are lost with the primary; accept it: Provision(synchronous=False)"
            yield Finding(path=subject.path, rule="replication-asynchronous", severity="notice", message=message)


def _watchers(subject: Subject) -> Database:
    """Return the Sentinels, as a database of their own."""
    name = names.sentinel_name(subject.name)
    return Database(subject=subject, kind="RedisSentinel", name=name, port=_SENTINEL_PORT, standby=False)


def _sentinels(subject: Subject, tls: KubeDbTls | None) -> Sentinels:
    """Return what clients of Sentinels are told: their address, and the name of the group, which has the namespace.

    With TLS a Sentinel asks its clients for a certificate, unless ``tls-auth-clients`` says otherwise
    (https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/#client-certificate-authentication); the instances
    have one (scripts/redis/sentinel/on-start.sh of https://github.com/kubedb/redis-init-docker), and RedisSentinel has no configuration.
    """
    name, refused = names.sentinel_name(subject.name), None
    if tls is not None:
        refused = (
            "with TLS the Sentinels ask callers for a certificate of their own, and no field of KubeDB's RedisSentinel changes that; use "
            "the address of the primary, whose Service follows a fail-over: read_write() without RedisSentinel"
        )
    if subject.namespace is None:
        refused = "the name of the group has the namespace, and the chart sets none; set one: KmopChart(…, namespace=…)"
    reference = ServiceRef(
        name,
        port=_SENTINEL_PORT,
        namespace=subject.namespace,
        chart=None if subject.namespace is not None else subject.chart,
    )
    return Sentinels(call=reference.tcp(env=None), master=f"{subject.namespace}/{subject.name}", refused=refused)


def _secrets(database: Database, spec: RedisSpec, provider: KubeDbRedis) -> Iterator[MakesSecret | ReadsSecret]:
    """Yield the Secrets. Without a password KubeDB makes none for it."""
    for each in database.secrets(spec.password, provider.tls):
        if spec.password is not None or each.name != names.auth_name(database.name):
            yield each

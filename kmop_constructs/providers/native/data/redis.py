"""Redis by the official image.

Facts of the image, from https://github.com/docker-library/redis and https://github.com/redis/docker-library-redis
(debian/Dockerfile, alpine/Dockerfile, docker-entrypoint.sh): user 999, group 999 on Debian and 1000 on Alpine; data in
``/data``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import ReadWriteVerbs
from kmop_constructs.components.data.redis_configuration import check_no_user
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.components.data.store_spec import RedisSpec
from kmop_constructs.components.data.technology import REDIS
from kmop_constructs.providers.native.data.logins import own_password
from kmop_constructs.providers.native.data.pod import Ids, PodOfImage, alpine, check_arguments, settings_of
from kmop_constructs.providers.native.data.provider import NativeStoreProvider
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Exec, Health
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources

if TYPE_CHECKING:
    from kmop_constructs.components.data.base import StoreNames
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import EnvValue, SecretKey
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.platform import Platform

    from constructs import Construct

__all__ = ["NativeRedis", "NativeRedisProvider"]

GUESS = Resources(cpu=Cpu("100m"), memory=Size("256Mi"))

DATA_PERCENT = 75
"""Share of the memory limit for data. The rest is for buffers, and for pages that change while a child process writes a
snapshot (https://redis.io/docs/latest/operate/oss_and_stack/management/admin/)."""


class NativeRedis(NativeData, ReadWriteVerbs):
    """A Redis in one pod, as a cache or to keep data: ``cache.read_write()`` is the edge for callers.

    One pod has no fail-over: every drain of its node is an outage, which the notice ``single-replica`` reports.
    """

    technology = REDIS
    in_memory = True

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        storage: Size | None,
        password: SecretKey | None,
        storage_class: str | None = None,
        resources: Resources | None = None,
        settings: Mapping[str, str] | None = None,
        options: NativeDataOptions | None = None,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw the store.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store unless `options` set another. Do not change it later: the objects
                would be replaced.
            image: The official image or a compatible one, such as ``Image("redis:7.4.5")``.
            storage: Size of the claim, where every write is logged; at the memory limit, writes are refused. ``None`` for a
                cache: nothing is written to disk, and at the memory limit the least recently used data is removed.
            password: The password of the user ``default``. ``None`` for no password: every caller that the policies allow has
                full access.
            storage_class: Name of the StorageClass. Immutable. Default: the default StorageClass of the cluster.
            resources: Requests and limits; data may use 75 percent of the memory limit. Default: an estimate, with a notice.
            settings: Server settings, which override those of this class: ``{"maxmemory-policy": "volatile-ttl"}``.
                Default: none.
            options: Options of native pods. Default: `NativeDataOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what the store itself uses. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.
        """
        where, wanted = check_arguments(
            scope,
            id,
            technology=REDIS,
            image=image,
            storage=storage,
            storage_class=storage_class,
            resources=resources,
            guess=GUESS,
            options=options,
        )
        ours = {"appendonly": "yes"} if storage is not None else {"save": "", "appendonly": "no"}
        limit = wanted.resources.effective_memory_limit
        if limit is not None:
            ours["maxmemory"] = str(limit.in_bytes * DATA_PERCENT // 100)
            ours["maxmemory-policy"] = "allkeys-lru" if storage is None else "noeviction"
        env: dict[str, EnvValue] = {}
        if password is not None:
            # redis-cli logs in with it. The kubelet replaces the argument, so the password is in no manifest.
            env["REDISCLI_AUTH"] = own_password(where, "password", password)
            ours["requirepass"] = "$(REDISCLI_AUTH)"
        own = settings_of(where, settings)
        for name in own:
            check_no_user(f"{where}: settings", name)
        both = {**ours, **own}
        spec = wanted.spec(
            PodOfImage(
                ids=Ids(user=999, group=1000 if alpine(image) else 999),
                ports=[Port.tcp(REDIS.port, name="redis")],
                data="/data",
                folder="redis",
                env=env,
                args=[part for key, value in both.items() for part in (f"--{key}", value)],
                # redis-cli exits with 0 for every reply; while data is loaded, the reply is not PONG.
                health=Health(readiness=Exec(("sh", "-c", "redis-cli ping | grep -qx PONG"))),
            )
        )
        super().__init__(
            scope,
            id,
            spec,
            database=None,
            credentials=None if password is None else Credentials(password=password),
            guessed=resources is None,
            platform=platform,
            uses=uses,
            accepts=accepts,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeRedisProvider(NativeStoreProvider):
    """Draws `Redis` as `NativeRedis`. Default provider of a platform, without an operator.

    ``Platform(redis=NativeRedisProvider(options=NativeDataOptions(startup_budget=timedelta(minutes=2))))``
    """

    technology = REDIS
    job = "redis"
    repository = "redis"

    def names(self, subject: Subject, spec: RedisSpec, /) -> StoreNames:
        """Return the names that callers will use."""
        credentials = None if spec.password is None else Credentials(password=spec.password)
        return self.store_names(subject, database=None, credentials=credentials)

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: RedisSpec, accepts: tuple[Peer, ...]
    ) -> NativeRedis:
        """Draw the store. The platform calls this."""
        provision, notices = self.provisioned(subject, intent)
        storage = self.storage(subject, provision) if intent.keeps_data else None
        provision = provision if intent.keeps_data else replace(provision, storage_class=None)
        store = NativeRedis(
            scope,
            id,
            **self.in_pods(subject, intent, provision, accepts),
            storage=storage,
            password=intent.password,
            settings=intent.settings,
        )
        return self.told(store, notices, provision)

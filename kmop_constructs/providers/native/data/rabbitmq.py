"""RabbitMQ by the official image.

Facts of the image, from https://github.com/docker-library/rabbitmq (4.1/ubuntu/Dockerfile, 4.1/alpine/Dockerfile,
management/Dockerfile): user and group 999 on Ubuntu, 100 and 101 on Alpine; its home is ``/var/lib/rabbitmq``, where
the Erlang cookie goes, and data is in ``mnesia`` below; it logs to the console; metrics for Prometheus are on 15692,
and the management UI of the ``-management`` variants on 15672. It ends with an error where
``RABBITMQ_DEFAULT_PASS_FILE`` is set, so the password is a variable. The management plugin is in every variant, and enabled
by a file (https://www.rabbitmq.com/docs/plugins#enabled-plugins-file).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.base import ConnectVerbs
from kmop_constructs.components.data.rabbitmq.broker import GivenBrokerLogins, RabbitMqNames
from kmop_constructs.components.data.store_spec import RabbitMqSpec
from kmop_constructs.components.data.technology import RABBITMQ
from kmop_constructs.errors import SpecError, UnsupportedError
from kmop_constructs.providers.native.data.logins import own_user
from kmop_constructs.providers.native.data.pod import Ids, PodOfImage, alpine, check_arguments, settings_of
from kmop_constructs.providers.native.data.provider import NativeStoreProvider, login_of
from kmop_constructs.providers.native.data.rabbitmq_setup import RabbitMqSetup, makes_topology, setup_spec
from kmop_constructs.providers.native.data.store import NativeData, NativeDataOptions
from kmop_constructs.values.address import HostPort
from kmop_constructs.values.files import Text
from kmop_constructs.values.metrics import Metrics
from kmop_constructs.values.names import flag, made_by
from kmop_constructs.values.ports import Port
from kmop_constructs.values.probes import Exec, Health, ProbeTiming
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.volumes import EmptyDir
from kmop_constructs.workloads.platform import Platform

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn, ExchangeDrawn, QueueDrawn
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.contribution import Edge
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.image import Image
    from kmop_constructs.values.pods import Peer
    from kmop_constructs.workloads.stateful import StatefulSpec

    from constructs import Construct

__all__ = ["NativeRabbitMq", "NativeRabbitMqProvider"]

GUESS = Resources(cpu=Cpu("250m"), memory=Size("1Gi"))

MEMORY_PERCENT = 60
"""Memory at which publishers are blocked: the default fraction of RabbitMQ, of the memory limit, because a node does
not always detect the limit (https://www.rabbitmq.com/docs/memory)."""

METRICS_PORT = 15692
MANAGEMENT_PORT = 15672

LIVENESS = Exec(
    ("rabbitmq-diagnostics", "--quiet", "ping"),
    timing=ProbeTiming(period=timedelta(minutes=1), timeout=timedelta(seconds=30)),
)
"""The command starts another Erlang, so it runs only once a minute."""

FREE_BYTES = 2 * 1024**3
"""Free disk space below which publishers are blocked, or a quarter of the volume where that is less. The default of
RabbitMQ, 50 MB, is too little (https://www.rabbitmq.com/docs/production-checklist)."""


_PLUGINS = "[rabbitmq_management,rabbitmq_prometheus].\n"


class NativeRabbitMq(NativeData, ConnectVerbs):
    """A RabbitMQ of one node: ``queue.connect()`` is the edge for callers.

    One node has no fail-over: every drain is an outage, which the notice ``single-replica`` reports. The operator of
    RabbitMQ runs clusters.
    """

    technology = RABBITMQ

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        image: Image,
        storage: Size | None,
        credentials: Credentials | None,
        virtual_host: str = "/",
        storage_class: str | None = None,
        resources: Resources | None = None,
        settings: Mapping[str, str] | None = None,
        metrics: Metrics | None = None,
        management: bool = False,
        options: NativeDataOptions | None = None,
        platform: Platform | None = None,
        uses: Sequence[Edge] = (),
        accepts: Sequence[Peer] = (),
    ) -> None:
        """Draw the broker.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the store unless `options` set another. Do not change it later: the objects
                would be replaced.
            image: The official image, such as ``Image("rabbitmq:4.1.4")``. With ``-management`` in its tag, the management UI
                is on port 15672; its callers use ``queue.http(port=15672)``.
            storage: Size of the claim. An existing claim can only grow. ``None`` for queues that are deleted with the pod.
            credentials: The first user, with all rights. It is created when the volume is empty. ``None`` for no login: every
                caller that the policies allow has full access as ``guest``, the user that clients without a login take.
            virtual_host: The virtual host, which is created when the volume is empty. Default: ``/``.
            storage_class: Name of the StorageClass. Immutable. Default: the default StorageClass of the cluster.
            resources: Requests and limits. Default: an estimate, with a notice.
            settings: Settings of ``rabbitmq.conf``, which override those of this class: ``{"channel_max": "128"}``.
                Default: none.
            metrics: ``Metrics()`` lets the platform's scraper read metrics on port 15692. Default: none, not scraped.
            management: Whether the HTTP API and the management UI are on port 15672 with every image. Default: false, only with an
                image that has them.
            options: Options of native pods. Default: `NativeDataOptions()`.
            platform: The platform that draws it. Default: the chart's platform, else `Platform()`.
            uses: Edges to what the store itself uses. Default: none.
            accepts: Callers that another repository builds. Default: none, only callers of this app.
        """
        where, wanted = check_arguments(
            scope,
            id,
            technology=RABBITMQ,
            image=image,
            storage=storage,
            storage_class=storage_class,
            resources=resources,
            guess=GUESS,
            options=options,
        )
        made_by(f"{where}: storage", storage, Size, type(None))
        made_by(f"{where}: metrics", metrics, Metrics, type(None))
        made_by(f"{where}: virtual_host", virtual_host, str)
        flag(f"{where}: management", management)
        if not virtual_host:
            raise SpecError(f"{where}: virtual_host: empty, got ''; leave it out for '/'")
        ours: dict[str, str] = {}
        if storage is not None:
            # Without a claim, free space would be that of the node, which says nothing about the limit of the pod.
            ours["disk_free_limit.absolute"] = str(min(FREE_BYTES, storage.in_bytes // 4))
        login: dict[str, EnvValue] = {}
        if credentials is None:
            # By default this user may connect from the own host only (https://www.rabbitmq.com/docs/access-control).
            ours["loopback_users.guest"] = "false"
        else:
            login["RABBITMQ_DEFAULT_USER"] = own_user(where, credentials, taken="guest")
            login["RABBITMQ_DEFAULT_PASS"] = credentials.password
        limit = wanted.resources.effective_memory_limit
        if limit is not None:
            ours["vm_memory_high_watermark.absolute"] = str(limit.in_bytes * MEMORY_PERCENT // 100)
        both = {**ours, **settings_of(where, settings)}
        ports = [Port.tcp(RABBITMQ.port, name="amqp")]
        if management or "management" in (image.tag or ""):
            ports.append(Port(MANAGEMENT_PORT, name="management"))
        ports.append(Port(METRICS_PORT, name="metrics", exposed=False))
        plugins = {"/etc/rabbitmq/enabled_plugins": Text(_PLUGINS)} if management else {}
        spec = wanted.spec(
            PodOfImage(
                ids=Ids(user=100, group=101) if alpine(image) else Ids(user=999, group=999),
                ports=ports,
                data="/var/lib/rabbitmq/mnesia",
                folder="mnesia",
                scratch={"/var/lib/rabbitmq": EmptyDir("home"), "/var/log/rabbitmq": EmptyDir("log")},
                env={**login, "RABBITMQ_DEFAULT_VHOST": virtual_host},
                files={
                    "/etc/rabbitmq/conf.d/90-service.conf": Text(
                        "".join(f"{key} = {both[key]}\n" for key in sorted(both))
                    ),
                    **plugins,
                },
                # The port opens when the node has started.
                health=Health(liveness=LIVENESS),
            )
        )
        if metrics is not None:
            spec = replace(spec, metrics=replace(metrics, port=METRICS_PORT if metrics.port is None else metrics.port))
        super().__init__(
            scope,
            id,
            spec,
            database=virtual_host,
            credentials=credentials,
            guessed=resources is None,
            platform=platform,
            uses=uses,
            accepts=accepts,
        )

    def _needs(self, spec: StatefulSpec) -> tuple[tuple[int, ...], str] | None:
        health = spec.health if isinstance(spec.health, Health) else Health()
        if health.liveness != LIVENESS and spec.metrics is None:
            return None
        # https://www.rabbitmq.com/docs/prometheus, https://github.com/rabbitmq/rabbitmq-cli (rabbitmq-diagnostics)
        return (3, 8), "rabbitmq-diagnostics and metrics are part of it"


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeRabbitMqProvider(NativeStoreProvider):
    """Draws `RabbitMq` as `NativeRabbitMq`, and a Job for its exchanges, queues, users and rights. Default provider of a platform.

    ``Platform(rabbitmq=NativeRabbitMqProvider(provision=Provision(storage=Size.gib(20))))``
    """

    technology = RABBITMQ
    job = "rabbitmq"
    repository = "rabbitmq"

    def names(self, subject: Subject, spec: RabbitMqSpec, /) -> RabbitMqNames:
        """Return the names that callers will use."""
        primary = self.store_names(subject, database=spec.virtual_host, credentials=spec.credentials).primary
        return RabbitMqNames(
            primary=primary,
            logins=GivenBrokerLogins(
                store=primary, without="native pods make no logins", taken=spec.credentials, reader=subject
            ),
        )

    def exchange(
        self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: ExchangeDrawn
    ) -> None:
        """Draw nothing: `RabbitMqSetup` makes all exchanges of a broker. Raises `UnsupportedError` for an old one."""
        del scope, id, subject, broker
        _check_topology(intent)

    def queue(self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: QueueDrawn) -> None:
        """Draw nothing: `RabbitMqSetup` makes all queues of a broker. Raises `UnsupportedError` for an old one."""
        del scope, id, subject, broker
        _check_topology(intent)

    def binding(self, scope: Construct, id: str, /, *, subject: Subject, broker: Subject, intent: BindingDrawn) -> None:
        """Draw nothing: `RabbitMqSetup` makes all bindings of a broker. Raises `UnsupportedError` for an old one."""
        del scope, id, subject, broker
        _check_topology(intent)
        match = intent.spec.arguments.get("x-match")
        if match in ("all-with-x", "any-with-x"):
            raise UnsupportedError(
                f"{intent.path}: arguments['x-match']: native pods mark each binding with a header of their own, which {match!r} would look for "
                "in messages; write 'all' or 'any', or use RabbitMqOperators"
            )

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: RabbitMqSpec, accepts: tuple[Peer, ...]
    ) -> NativeRabbitMq:
        """Draw the store. The platform calls this."""
        login = login_of(subject, intent.credentials)
        provision, notices = self.provisioned(subject, intent)
        in_pods = self.in_pods(subject, intent, provision, accepts)
        topology = makes_topology(intent.version)
        store = NativeRabbitMq(
            scope,
            id,
            **in_pods,
            storage=self.storage(subject, provision),
            credentials=login,
            virtual_host=intent.virtual_host,
            settings=intent.settings,
            metrics=intent.metrics,
            management=topology,
        )
        if topology:
            edge = store.tcp(port=MANAGEMENT_PORT, env=HostPort("MANAGEMENT"))
            setup = setup_spec(in_pods["image"], login, intent.virtual_host, self.options)
            RabbitMqSetup(scope, f"{id}-setup", setup, platform=Platform.of(subject.cluster), uses=[edge])
        return self.told(store, notices, provision)


def _check_topology(intent: ExchangeDrawn | QueueDrawn | BindingDrawn) -> None:
    """Refuse what belongs to a broker whose image cannot run the Job."""
    if not makes_topology(intent.version):
        raise UnsupportedError(
            f"{intent.path}: native pods make exchanges and queues of RabbitMQ 4.1 and newer, got {intent.version!r}; raise the version"
        )

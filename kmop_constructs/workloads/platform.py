"""The platform: a kind of cluster, and the providers that draw for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.identity import standard_labels
from kmop_constructs.core.kinds import know_tools
from kmop_constructs.core.subject import Subject
from kmop_constructs.core.tools import tool_names
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.names import dns_label, made_by, several
from kmop_constructs.values.tool import Dotted, Job, Tool, resolved

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.base import GatewayFactory
    from kmop_constructs.components.api_gateway.login import LoginFactory
    from kmop_constructs.components.communication.base import NetworkFactory
    from kmop_constructs.components.configuration.base import SecretsFactory
    from kmop_constructs.components.data.base import StoreProvider
    from kmop_constructs.components.data.kafka.cluster import KafkaProvider
    from kmop_constructs.components.data.kafka.outbox import OutboxProvider
    from kmop_constructs.components.data.store_spec import (
        ElasticsearchSpec,
        EtcdSpec,
        MongoSpec,
        MySqlSpec,
        PostgresSpec,
        RabbitMqSpec,
        RedisSpec,
    )
    from kmop_constructs.components.fault_tolerance.base import (
        AutoscalerFactory,
        BudgetFactory,
        EventAutoscalerFactory,
    )
    from kmop_constructs.components.load_balancer.base import LoadBalancerFactory
    from kmop_constructs.components.orchestration.base import WorkloadFactory
    from kmop_constructs.components.security.base import (
        AccountFactory,
        CertificateProvider,
        ClusterPermissionsFactory,
        PermissionsFactory,
    )
    from kmop_constructs.components.security.identity import IdentityProvider
    from kmop_constructs.components.service_discovery.base import DiscoveryFactory
    from kmop_constructs.core.jobs import Intent
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reload import ReloadProvider

    from constructs import Construct

__all__ = ["Platform", "placed_platform", "subject_at"]


def _native(name: str) -> Any:
    """Return a provider of plain Kubernetes that is imported when it first draws."""
    return Dotted(f"kmop_constructs.providers.native.{name}")


@dataclass(frozen=True, slots=True)
class _NativeValue:
    """A native provider that is a value, imported on first use."""

    name: str

    def __call__(self, scope: Construct, id: str, /, **arguments: Any) -> Any:
        """Draw with the provider."""
        return resolved(self.name)()(scope, id, **arguments)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the provider."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(resolved(self.name)(), name)


def _value(name: str) -> Any:
    return _NativeValue(f"kmop_constructs.providers.native.{name}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform(Cluster):
    """A kind of cluster, and the provider that draws each job on it: ``Platform(kubernetes="1.31", gateway=EnvoyGateway)``.

    A provider is a class or a `functools.partial` of one, which the platform calls with ``(scope, id, service=…,
    intent=…)``. A provider of stores is a value, such as ``NativePostgresProvider(…)``. The type of each field is the
    protocol that a provider must match.
    """

    discovery: DiscoveryFactory = _native("service_discovery:NativeDiscovery")
    """Draws Services inside the cluster, from `Service`. Default: `NativeDiscovery`, plain Services."""

    load_balancer: LoadBalancerFactory = _native("load_balancer:NativeLoadBalancer")
    """Draws Services with an address outside the cluster, from `LoadBalancer` or `NodePort`. Default:
    `NativeLoadBalancer`."""

    gateway: GatewayFactory = _native("api_gateway:NativeGateway")
    """Draws a route from each `Exposure`. Default: `NativeGateway`, a plain Ingress of the cluster's default class."""

    login: LoginFactory = Dotted("kmop_constructs.providers.oauth2_proxy.login:OAuth2Proxy")
    """Draws the login of exposures with `Oidc`, for gateways without a login of their own. Default: `OAuth2Proxy`."""

    network: NetworkFactory = _native("communication:NativeNetwork")
    """Closes undeclared connections of a workload. Default: `NativeNetwork`, one NetworkPolicy for each workload."""

    account: AccountFactory = _native("security:NativeAccount")
    """Draws the account of a workload, from `Account`. Default: `NativeAccount`, a ServiceAccount."""

    identity: IdentityProvider = _value("identity:NativeIdentity")
    """Gives workloads an identity of the cloud, from `CloudIdentity`: a value such as ``AwsPodIdentity()``. Default:
    `NativeIdentity`, which refuses an identity and names the providers of clouds."""

    permissions: PermissionsFactory = _native("security:NativePermissions")
    """Draws the permissions of an account, from a sequence of `Permission`. Default: `NativePermissions`, a Role and a
    RoleBinding."""

    cluster_permissions: ClusterPermissionsFactory = _native("security:NativeClusterPermissions")
    """Draws the cluster-wide permissions of an account, from a sequence of `ClusterPermission`. Default:
    `NativeClusterPermissions`, a ClusterRole and a ClusterRoleBinding."""

    budget: BudgetFactory = _native("fault_tolerance:NativeBudget")
    """Draws disruption budgets, from `MaxUnavailable` or `MinAvailable`. Default: `NativeBudget`, a
    PodDisruptionBudget."""

    autoscaler: AutoscalerFactory = _native("fault_tolerance:NativeAutoscaler")
    """Draws autoscalers, from `Autoscaling`. Default: `NativeAutoscaler`, a HorizontalPodAutoscaler."""

    event_autoscaler: EventAutoscalerFactory | None = None
    """Draws autoscalers that follow the work, from `EventScaling`: `KedaAutoscaler`. Default: ``None``; an `EventScaling` is an
    error, unless `accepts_missing` has ``event_scaling``: then the number of pods is fixed."""

    workload: WorkloadFactory = _native("orchestration:NativeDeployment")
    """Draws what runs the pods, from a Deployment literal. Default: `NativeDeployment`, that Deployment."""

    certificates: CertificateProvider = _value("certificates:NativeCertificates")
    """Makes the certificates of workloads: a value that draws a `ServiceCertificate`, such as ``CertManager(issuer=…)``.
    Default: `NativeCertificates()`, existing Secrets by name."""

    postgres: StoreProvider[PostgresSpec] = _value("data.postgres:NativePostgresProvider")
    """Runs PostgreSQL: a value that draws a `PostgresSpec`. Default: `NativePostgresProvider()`, one native pod."""

    mysql: StoreProvider[MySqlSpec] = _value("data.mysql:NativeMySqlProvider")
    """Runs MySQL: a value that draws a `MySqlSpec`. Default: `NativeMySqlProvider()`, one native pod."""

    mongo: StoreProvider[MongoSpec] = _value("data.mongo:NativeMongoProvider")
    """Runs MongoDB: a value that draws a `MongoSpec`. Default: `NativeMongoProvider()`, one native pod."""

    redis: StoreProvider[RedisSpec] = _value("data.redis:NativeRedisProvider")
    """Runs Redis: a value that draws a `RedisSpec`. Default: `NativeRedisProvider()`, one native pod."""

    elasticsearch: StoreProvider[ElasticsearchSpec] = _value("data.elasticsearch:NativeElasticsearchProvider")
    """Runs Elasticsearch: a value that draws an `ElasticsearchSpec`. Default: `NativeElasticsearchProvider()`, native
    pods."""

    etcd: StoreProvider[EtcdSpec] = _value("data.etcd:NativeEtcdProvider")
    """Runs etcd: a value that draws an `EtcdSpec`. Default: `NativeEtcdProvider()`, three native pods."""

    kafka: KafkaProvider = _value("data.kafka:NativeKafkaProvider")
    """Runs Kafka and its topics: a value that draws a `KafkaSpec`, such as ``Strimzi(provision=…)``. Default:
    `NativeKafkaProvider()`, one native pod."""

    outbox: OutboxProvider = _value("data.outbox:DebeziumServer")
    """Reads outboxes, from `Outbox`: a value such as ``StrimziConnect(image=…)``. Default: `DebeziumServer()`, one native pod, whose image
    must be named."""

    rabbitmq: StoreProvider[RabbitMqSpec] = _value("data.rabbitmq:NativeRabbitMqProvider")
    """Runs RabbitMQ: a value that draws a `RabbitMqSpec`. Default: `NativeRabbitMqProvider()`, one native pod."""

    secrets: SecretsFactory = _native("secrets:NativeSecrets")
    """Draws what makes a Secret, from `RemoteSecrets`. Default: `NativeSecrets`, which draws nothing and lists the Secrets that
    must exist."""

    reload: ReloadProvider | None = None
    """Replaces pods when a Secret or ConfigMap changes outside this app: a value such as `Reloader()`. Default: ``None``;
    pods are replaced when the app itself changes what they read, and a notice lists Secrets that can change otherwise."""

    jobs: tuple[Job, ...] = ()
    """Jobs from outside the library, with their providers; specs use them with ``also=``. Default: none."""

    tools: tuple[Tool, ...] = ()
    """Tools from outside the library: their kinds are known, and the apps of this platform run their rules. Default:
    none."""

    def __post_init__(self) -> None:
        Cluster.__post_init__(self)
        for name in _JOBS:
            provider = getattr(self, name)
            title, method, example = _VALUES.get(name, ("", "__call__", ""))
            if isinstance(provider, _NativeValue) or (name in _OPTIONAL and provider is None):
                continue
            if method == "__call__" and not callable(provider):
                do = "write a class, or a functools.partial of one"
                raise bad(f"Platform.{name}", "not a provider", provider, do, secret=name == "secrets")
            if title and (isinstance(provider, type) or not callable(getattr(provider, method, None))):
                got = getattr(provider, "__name__", type(provider).__name__)
                raise bad(f"Platform.{name}", f"not a provider of {title}", got, f"write a value, such as {example}")
        object.__setattr__(self, "jobs", several("Platform.jobs", self.jobs))
        object.__setattr__(self, "tools", several("Platform.tools", self.tools))
        for job in self.jobs:
            made_by("Platform.jobs", job, Job)
            if job.name in _JOBS or [each.name for each in self.jobs].count(job.name) > 1:
                raise bad("Platform.jobs", "duplicate job name", job.name, "give it another name")
        for tool in self.tools:
            made_by("Platform.tools", tool, Tool)
        self._check_tools()

    def _check_tools(self) -> None:
        """Refuse keys of `operators` that are the name of no tool: they would have no effect."""
        names = tool_names(*self.tools) if self.operators else ()
        for name in self.operators:
            if name not in names:
                from difflib import get_close_matches

                near = get_close_matches(name, names, cutoff=0.5) or names
                raise bad("Platform.operators", "not the name of a tool", name, f"use one of {', '.join(near)}")

    def provider(self, where: str, intent: Intent) -> Callable[..., Any]:
        """Return the provider that draws an intent.

        Raises `SpecError` where the platform has no such job, or the job does not accept the type of the intent.
        """
        job = intent.job
        if not intent.outside:
            if job == "streams":
                from kmop_constructs.components.api_gateway.stream_route import stream_factory

                return stream_factory(self.gateway)
            return cast("Callable[..., Any]", getattr(self, job))
        for each in self.jobs:
            if each.name == job:
                if not isinstance(intent.value, each.intent):
                    raise bad(f"{where}: also", f"the job {job!r} does not accept this type", type(intent.value).__name__,
                              f"write {each.intent.__name__}(…)")  # fmt: skip
                return each.provider
        if job in _JOBS:
            raise bad(f"{where}: also", "a job of the library, which a field of the spec uses", job, "set that field")
        raise SpecError(f"{where}: also: the platform has no such job, got {job!r}; add it: "
                        f"Platform(jobs=(Job({job!r}, …),))")  # fmt: skip

    def close_made(self, scope: Construct, gives: Sequence[object]) -> None:
        """Draw policies for pods that an operator creates, if a provider declares additional callers of these pods."""
        if not gives:
            return
        from kmop_constructs.components.communication.spec import Closed
        from kmop_constructs.core.made import MakesService
        from kmop_constructs.core.place import give

        for made in gives:
            if isinstance(made, MakesService) and made.accepts is not None and self.isolation != "off":
                closed = Closed(level="ingress_only", opens_calls=not made.closes_calls)
                drawn = self.network(scope, f"network-{made.name}", service=made.facts, intent=closed)
                give(cast("Construct", drawn), *drawn.gives)

    @staticmethod
    def of(cluster: Cluster | None) -> Platform:
        """Return a cluster as a platform. A plain `Cluster` gets the native providers."""
        made_by("platform", cluster, Platform, Cluster, type(None))
        if isinstance(cluster, Platform):
            return cluster
        if cluster is None:
            return Platform()
        return Platform(**{each.name: getattr(cluster, each.name) for each in dataclasses.fields(Cluster)})


def placed_platform(place: Place, given: Platform | None) -> Platform:
    """Return the platform of a construct: its own, else that of its chart.

    Raises `SpecError` where the platform is of another cluster than the chart.
    """
    made_by(f"{place.path}: platform", given, Platform, type(None))
    chart = place.chart
    platform = given or Platform.of(None if chart is None else chart.cluster)
    if platform.cluster_identity != place.identity:
        raise bad(f"{place.path}: platform", "its cluster is not that of the chart", platform.title,
                  "give the platform to the chart: KmopChart(…, platform=…)")  # fmt: skip
    know_tools(place.model, place.path, platform)
    return platform


def subject_at(place: Place, id: str, platform: Platform) -> Subject:
    """Return the subject of a construct below a chart that has no pods of its own. Its name is the id."""
    assert place.chart is not None
    name = dns_label(f"{place.path}: name (the id)", id)
    return Subject(
        path=place.path,
        id=id,
        name=name,
        namespace=place.chart.namespace,
        chart=place.chart.path,
        labels=standard_labels(name),
        cluster=platform,
    )


_JOBS = frozenset(each.name for each in dataclasses.fields(Platform)) - {
    "jobs",
    "tools",
    *(each.name for each in dataclasses.fields(Cluster)),
}
"""The fields that hold a provider."""

_OPTIONAL = frozenset({"event_autoscaler", "reload"})
"""The fields that may hold no provider."""

_STORE = ("stores", "names", "NativePostgresProvider(…)")

_VALUES = {
    "certificates": ("certificates", "names", "CertManager(issuer=…)"),
    "outbox": ("outboxes", "__call__", "StrimziConnect(image=…)"),
    "identity": ("identities", "grant", "AwsPodIdentity()"),
    "reload": ("reloads", "annotations", "Reloader()"),
    **dict.fromkeys(("elasticsearch", "etcd", "kafka", "mongo", "mysql", "postgres", "rabbitmq", "redis"), _STORE),
}
"""The fields that hold a value: what it provides, its method, and an example."""

"""The platform: a kind of cluster, and the providers that draw for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.identity import standard_labels
from kmop_constructs.core.kinds import know_tools
from kmop_constructs.core.subject import Subject
from kmop_constructs.core.tools import tool_behind, tool_named, tool_names
from kmop_constructs.errors import SpecError, UnsupportedError, bad, shown
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.values.names import dns_label, frozen, made_by, mapping, several
from kmop_constructs.values.tool import Dotted, Job, Tool, release_line, resolved

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
    """A kind of cluster, and the provider that draws each job on it: ``Platform(kubernetes="1.34", gateway=EnvoyGateway)``.

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

    releases: Mapping[str, str] = field(default_factory=dict[str, str])
    """Older release lines of tools that the cluster runs, by tool name: ``{"istio": "1.27"}``. What that line does not have is an error
    that names the release with it, and `kubernetes` is not held against the tool. ``docs/tools.md`` lists the names and the lines that
    are drawn. A key that is the name of no tool, or a newer line, is an error. Default: the lines that are drawn."""

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
        self._check_releases()
        self._check_version()

    def _check_tools(self) -> None:
        """Refuse keys of `operators` that are the name of no tool: they would have no effect."""
        for name in self.operators:
            self._named_tool("Platform.operators", name)

    def _named_tool(self, where: str, name: str) -> Tool:
        """Return the tool of a name. Raises `SpecError` for another name."""
        found = tool_named(name, *self.tools)
        if found is None:
            from difflib import get_close_matches

            names = tool_names(*self.tools)
            near = get_close_matches(name, names, cutoff=0.5) or names
            raise bad(where, "not the name of a tool", name, f"use one of {', '.join(near)}")
        return found

    def _check_releases(self) -> None:
        """Refuse releases that are not older lines of a tool."""
        releases = mapping("Platform.releases", self.releases)
        for name, release in releases.items():
            tool, where = self._named_tool("Platform.releases", name), f"Platform.releases[{shown(name)}]"
            line = release_line(where, release)
            if tool.release is None:
                raise bad(
                    where, f"what is drawn for {tool.title} does not depend on its release", release, "leave it out"
                )
            if line > release_line("Tool.release", tool.release):
                raise bad(where, f"newer than {tool.release}, for which {tool.title} is drawn", release,
                          f"leave it out, and upgrade this library for what {tool.title} {release} adds")  # fmt: skip
        object.__setattr__(self, "releases", frozen(dict(sorted(releases.items()))))

    def _check_version(self) -> None:
        """Refuse a version of Kubernetes that was written, and that a tool of the platform does not run on."""
        if self.kubernetes is None:
            return
        using = [(f"Platform.{name}", tool_behind(getattr(self, name), *self.tools)) for name in sorted(_JOBS)]
        using += [(f"Platform.jobs[{job.name!r}]", tool_behind(job.provider, *self.tools)) for job in self.jobs]
        using += [("Platform.tools", tool) for tool in self.tools]
        refused: dict[str, str] = {}
        for where, tool in using:
            if tool is None or tool.oldest_minor <= self.version.minor or tool.name in self.releases:
                continue
            release = "" if tool.release is None else f" {tool.release}"
            older = (
                ""
                if tool.release is None
                else f"name the older line of it that runs there (Platform(releases={{{tool.name!r}: …}})), "
            )
            refused.setdefault(tool.name,
                f"Platform.kubernetes: {where} is drawn for {tool.title}{release}, which needs Kubernetes {tool.kubernetes}, got "
                f"{str(self.version)!r}; write kubernetes={tool.kubernetes!r} or newer, {older}or use another provider")  # fmt: skip
        if refused:
            raise UnsupportedError("\n".join(refused.values()))

    def provider(self, where: str, intent: Intent) -> Callable[..., Any]:
        """Return the provider that draws an intent.

        Raises `SpecError` where the platform has no such job, or the job does not accept the type of the intent.
        """
        job = intent.job
        if not intent.outside:
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
    "releases",
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

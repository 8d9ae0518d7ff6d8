"""No field takes a value of another type in silence, and none answers with an error that is not ours."""

from __future__ import annotations

import dataclasses
import inspect
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Account,
    Addresses,
    Autoscaling,
    Backup,
    Claim,
    ClaimTemplate,
    CloudIdentity,
    ClusterPermission,
    ConfigDirectory,
    ConfigKey,
    ConfigMapEnv,
    Container,
    ContainerField,
    ContainerTarget,
    Cpu,
    Credentials,
    Dns,
    ElasticsearchSpec,
    EmptyDir,
    Exec,
    ExistingService,
    Exposure,
    ExternalHost,
    FileTemplate,
    Generated,
    GrpcCheck,
    HeadlessService,
    Health,
    Hooks,
    HostPath,
    HttpGet,
    Identity,
    Image,
    InlineSecret,
    KubernetesVersion,
    Leased,
    LoadBalancer,
    LocalFile,
    MaxUnavailable,
    Metrics,
    Migration,
    MinAvailable,
    MongoSpec,
    Mount,
    MySqlSpec,
    NodeAgentSpec,
    NodePort,
    NodeUpdate,
    Operator,
    OrderedUpdate,
    PathRoute,
    Peers,
    Permission,
    Placement,
    Platform,
    PodField,
    Pods,
    Port,
    PostgresSpec,
    ProbeTiming,
    Projected,
    Provision,
    Quota,
    RabbitMqSpec,
    Recreate,
    RedisSpec,
    RemoteKey,
    Replicas,
    Request,
    Resilience,
    Resources,
    RollingUpdate,
    ScalingPace,
    Schedule,
    ScheduledTaskSpec,
    SecretDirectory,
    SecretEnv,
    SecretKey,
    Security,
    ServerTls,
    Service,
    ServiceCertificate,
    ServiceRef,
    ServiceSpec,
    Shutdown,
    Size,
    SpecError,
    SpringRetry,
    StatefulSpec,
    TaskSpec,
    TcpSocket,
    Text,
    Tls,
    WorkerSpec,
    WorkloadSpec,
)
from kmop_constructs.authors import (
    Connection,
    Contribution,
    Dotted,
    Granted,
    Job,
    Kind,
    RemoteSecretsSpec,
    SecretOrigin,
    ToHost,
    ToNode,
    Tool,
    ToService,
)
from kmop_constructs.components.data.kafka.outbox import OutboxColumns
from kmop_constructs.exposure import (
    ApiKey,
    BackendTls,
    BasicAuth,
    Cors,
    DnsRecord,
    ExistingEntry,
    Hsts,
    Jwt,
    Listener,
    Mirror,
    MutualTls,
    Oidc,
    RateLimit,
    Redirect,
    Retry,
    Share,
    StickyCookie,
    StreamListener,
    TcpExposure,
    TlsPassthrough,
    UdpExposure,
)
from kmop_constructs.messaging import (
    Compacted,
    DeadLetters,
    ExchangeName,
    Forever,
    ForTime,
    KafkaSpec,
    QueueName,
    RoutingKey,
    SpringKafka,
    SpringRabbit,
    TopicName,
)
from kmop_constructs.patch import Add, Copy, Move, Remove, Replace
from kmop_constructs.patch import Test as PatchTest
from kmop_constructs.placement import Apart, Beside, OnNodes, Spread, Toleration
from kmop_constructs.providers.apigee import ApigeeEdgeOptions, ApigeeEndpoint
from kmop_constructs.providers.aws import AwsIrsa, AwsPodIdentity
from kmop_constructs.providers.azure import AzureWorkloadIdentity
from kmop_constructs.providers.cert_manager import (
    Acme,
    CertificateAuthority,
    CertManager,
    CloudDns,
    Cloudflare,
    HttpGateway,
    HttpIngress,
    Route53,
    SelfSigned,
    VaultAuthority,
)
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.consul import ConsulAgents, ConsulCertificates, ExistingConsul
from kmop_constructs.providers.eck import Eck
from kmop_constructs.providers.emissary import EmissaryEntryOptions, EmissaryGatewayOptions
from kmop_constructs.providers.envoy_gateway import EnvoyEntryOptions, EnvoyGatewayOptions, EnvoyProxies
from kmop_constructs.providers.etcd import EtcdCertificates, ExistingEtcd
from kmop_constructs.providers.etcd_operator import EtcdOperator
from kmop_constructs.providers.existing import (
    ExistingElasticsearch,
    ExistingExchange,
    ExistingKafka,
    ExistingMongo,
    ExistingMySql,
    ExistingPostgres,
    ExistingQueue,
    ExistingRabbitMq,
    ExistingRedis,
    ExistingStoreProvider,
    ExistingTopic,
)
from kmop_constructs.providers.external_secrets import (
    AwsParameterStore,
    AwsSecretsManager,
    AzureKeyVault,
    FakeStore,
    GoogleSecretManager,
    VaultStore,
)
from kmop_constructs.providers.gateway_api import GatewayApiEntryOptions, GatewayApiOptions
from kmop_constructs.providers.google import GoogleWorkloadIdentity
from kmop_constructs.providers.haproxy import HaproxyGatewayOptions
from kmop_constructs.providers.ingress_nginx import IngressNginxGatewayOptions
from kmop_constructs.providers.istio import IstioEntryOptions, IstioGatewayOptions
from kmop_constructs.providers.keda import KedaOptions, PrometheusServer
from kmop_constructs.providers.kong import KongEntryOptions, KongGatewayOptions
from kmop_constructs.providers.kubedb import (
    KubeDbElasticsearch,
    KubeDbMariaDb,
    KubeDbMongo,
    KubeDbMonitor,
    KubeDbMySql,
    KubeDbPostgres,
    KubeDbRedis,
    KubeDbTls,
)
from kmop_constructs.providers.mongodb import MongoDbCommunity
from kmop_constructs.providers.native import (
    NativeCertificates,
    NativeDataOptions,
    NativeElasticsearchProvider,
    NativeEtcdProvider,
    NativeGatewayOptions,
    NativeIdentity,
    NativeKafkaProvider,
    NativeMongoProvider,
    NativeMySqlProvider,
    NativePostgresProvider,
    NativeRabbitMqProvider,
    NativeRedisProvider,
)
from kmop_constructs.providers.native.data.outbox import DebeziumServer
from kmop_constructs.providers.nginx import NginxEntryOptions, NginxGatewayOptions
from kmop_constructs.providers.oauth2_proxy import OAuth2ProxyOptions
from kmop_constructs.providers.rabbitmq_operators import RabbitMqOperators
from kmop_constructs.providers.redis_operator import OpsTreeRedis
from kmop_constructs.providers.reloader import Reloader
from kmop_constructs.providers.spring_cloud_config import (
    ConfigServerSpec,
    ExistingConfigServer,
    GitBackend,
    KeyStore,
    NativeBackend,
    SshKey,
    TrustStore,
)
from kmop_constructs.providers.spring_cloud_gateway import (
    EdgeRoute,
    RouteCircuitBreaker,
    RouteRetry,
    RouteRewrite,
    RouteWeight,
    SpringCloudGatewayOptions,
)
from kmop_constructs.providers.strimzi import Controllers, Strimzi, StrimziConnect
from kmop_constructs.providers.traefik import TraefikGatewayOptions
from kmop_constructs.providers.vault import VaultPki, VaultServer
from kmop_constructs.providers.velero import BackupHook, NamespaceBackupSpec
from kmop_constructs.scaling import CronWindow, EventScaling, PrometheusQuery, QueueLength, ScalingFallback, TopicLag
from kmop_constructs.stores import (
    S3,
    AzureBlob,
    DatabaseUser,
    DumpSpec,
    EtcdSpec,
    FromBackup,
    GoogleStorage,
    MongoUser,
    Pooler,
    Promotion,
    Sites,
    VolumeSnapshots,
)
from kmop_constructs.values.cluster import Cluster
from kmop_constructs.variables import (
    AuthorityFile,
    CertificateFile,
    DatabaseName,
    Host,
    HostPort,
    Jdbc,
    KeyFile,
    LibPq,
    OptionalVariables,
    Password,
    PortNumber,
    Prefix,
    RedisCluster,
    RedisSentinel,
    Template,
    TlsEnabled,
    Url,
    UrlParameters,
    UserName,
)
from tests.public_names import public_names

import pytest

IMAGE = Image("acme/web:1.0")

AWS_ROLE = "arn:aws:iam::123456789012:role/a"
GUID = "5a02a20e-0000-4000-8000-0ad5b634c5d8"

RIGHT: list[Any] = [
    Account(), Add("/a", 1), Apart(), Autoscaling(max_replicas=3), Beside({"a": "b"}), Pods.of(), Claim("c"),
    ClaimTemplate("c", size=Size("1Gi")), Cluster(), ConfigDirectory("c"), ConfigKey("c", "k"), ConfigMapEnv("c"),
    Container("c", image=IMAGE), ContainerField("limits.cpu"), ContainerTarget("cpu", utilization_percent=5),
    CloudIdentity("a"), AwsIrsa(account_id="123456789012"), AwsPodIdentity(), GoogleWorkloadIdentity(project="acme-prod"),
    AzureWorkloadIdentity(client_ids={"a": "11111111-2222-3333-4444-555555555555"}), NativeIdentity(), Granted(identity="a"),
    ConfigServerSpec(image=Image("a:1"), backend=GitBackend("https://a.io/b.git")), ConsulAgents(),
    ConsulCertificates(ca=SecretKey("s", "k")), EtcdCertificates(ca=SecretKey("s", "k")), ExistingConfigServer("a.io"),
    ExistingConsul("a.io"), ExistingEtcd("a.io"), GitBackend("https://a.io/b.git"), NativeBackend({"a.yaml": Text("b: 1")}),
    KeyStore(SecretKey("s", "k"), alias="a", password=SecretKey("s", "k")), SpringRetry(), TrustStore(SecretKey("s", "k")),
    SshKey(SecretKey("s", "k"), host_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA a.io"),
    VaultPki(), VaultServer("https://a.io"), RemoteKey("kv/a", "b"), Generated(), Leased("database/creds/a", "b", lifetime=timedelta(hours=1)),
    AwsParameterStore(region="eu", role=AWS_ROLE), AwsSecretsManager(region="eu", role=AWS_ROLE), FakeStore({}), Reloader(),
    AzureKeyVault(url="https://a.io", client=GUID, tenant=GUID), GoogleSecretManager(project="a"), VaultStore(server="https://a.io"),
    RemoteSecretsSpec({"a": Generated()}), SecretOrigin(name="a", namespace="b"),
    Contribution(source="x"), Copy("/a", source="/b"), Cpu("1"), Credentials(password=SecretKey("s", "k")),
    DatabaseName("A"), Dns(), EmptyDir("e"), Exec(("ls",)), ExistingElasticsearch("a.io"),
    ExistingMongo("a.io", database="d"), ExistingMySql("a.io", database="d"), ExistingPostgres("a.io", database="d"),
    ExistingRabbitMq("a.io"), ExistingRedis("a.io"), ExistingService("s", port=80), Exposure(), ExternalHost("a.io"),
    FileTemplate("${A}", {"A": "x"}, image=IMAGE),
    GrpcCheck(), HeadlessService(), Health(), Hooks(), Host("A"), HostPort("A"), HttpGet("/"), Identity(), IMAGE,
    InlineSecret("x"), KubernetesVersion("1.30"), LoadBalancer(), LocalFile(Path(__file__)), MaxUnavailable(1), Metrics(),
    Migration(command=("run",)), MinAvailable(1), Mount(EmptyDir("e")), Move("/a", source="/b"), NativeDataOptions(),
    NativeGatewayOptions(), NodePort(), OnNodes({"a": ("b",)}), NodeAgentSpec(image=IMAGE), NodeUpdate(), HostPath("/a"), OrderedUpdate(), Password("A"), PathRoute("/"),
    PatchTest("/a", 1), Pods.of(namespace="n"), Peers(), ClusterPermission(("get",), ("nodes",)), Permission(("get",), ("pods",)), Placement(), Platform(),
    PodField("status.podIP"), Port(80), PortNumber("A"), Prefix("A"), ProbeTiming(), Projected((ConfigDirectory("c"),)),
    Quota(pods=1), Recreate(), Remove("/a"), Replace("/a", 1), Replicas(), Resources(), RollingUpdate(), ScalingPace(),
    Schedule("@daily"), ScheduledTaskSpec(image=IMAGE, schedule=Schedule("@daily")), SecretDirectory("s"),
    SecretEnv("s"), SecretKey("s", "k"), Security(), Service(), ServiceRef("s", port=80),
    ServiceSpec(image=IMAGE, port=80), Shutdown(), Size("1Gi"), Spread("a"), StatefulSpec(image=IMAGE, port=80),
    TaskSpec(image=IMAGE), TcpSocket(), Template("A", "{host}"), Text("x"), Tls.secret("s"), Addresses.anywhere(),
    Pods.of(), ToService("s"), Toleration(),
    ApiKey("s"), BackendTls("a.io", ca_secret="s"), BasicAuth("s"), Cors(("https://a.io",)), DnsRecord(), ExistingEntry("e"),
    Hsts(), Jwt(issuer="a", jwks_uri="https://a.io/keys"), Listener("a.io"), MutualTls("s"),
    Oidc(issuer="https://a.io", client_id="c", client_secret=SecretKey("s", "k")), RateLimit(1), Redirect("/a", "/b"),
    Retry(1), Share("s", 1), Mirror("s"), StickyCookie("c"), StreamListener(53), TcpExposure("p", listener=1), TlsPassthrough("a.io"), UdpExposure("p", listener=1), Url("A"), UserName("A"), WorkerSpec(image=IMAGE), WorkloadSpec(image=IMAGE),
    ApigeeEdgeOptions(), ApigeeEndpoint("shop", "projects/a/regions/eu/serviceAttachments/s"), EdgeRoute("/a", ServiceRef("v", port=80).http(env=None)),
    EmissaryEntryOptions(), EmissaryGatewayOptions(), EnvoyEntryOptions(), EnvoyGatewayOptions(), EnvoyProxies(), GatewayApiEntryOptions(gateway_class="g"),
    GatewayApiOptions(), HaproxyGatewayOptions(), IngressNginxGatewayOptions(), IstioEntryOptions(), IstioGatewayOptions(),
    KongEntryOptions(), KongGatewayOptions(), NginxEntryOptions(), NginxGatewayOptions(), OAuth2ProxyOptions(),
    RouteCircuitBreaker(), RouteRetry(), RouteRewrite("/a", "/b"), RouteWeight("g", 1), SpringCloudGatewayOptions(),
    TraefikGatewayOptions(), Backup(schedule=Schedule("@daily"), keep=timedelta(days=1)), Connection(to=ToService("s"), port=80),
    Dotted("a:B"), ElasticsearchSpec(version="8"), ExistingStoreProvider({}), Job("a", intent=str, provider=str), Kind("a.io", "B"),
    MongoSpec(version="8"), MySqlSpec(version="8"), NativeElasticsearchProvider(), NativeMongoProvider(), NativeMySqlProvider(),
    NativePostgresProvider(), NativeRabbitMqProvider(), NativeRedisProvider(), Operator("a"), PostgresSpec(version="17"), Provision(),
    RabbitMqSpec(version="4"), RedisSpec(version="7"), Request("/a"), Resilience(retries=1), ToHost("a.io"), ToNode("a"), Tool("a", title="A"),
    ServiceCertificate(), ServerTls(), AuthorityFile("A"), CertificateFile("A"), KeyFile("A"), NativeCertificates(),
    CertManager(issuer="a"), SelfSigned(), CertificateAuthority("s"), Acme(solvers=(HttpIngress(ingress_class="n"),)),
    VaultAuthority(server="https://a.io", path="pki/sign/a", role="a", account="a"), HttpIngress(ingress_class="n"), HttpGateway(gateway="g"),
    Cloudflare(token=SecretKey("s", "k")), Route53(region="eu-west-1"), CloudDns(project="a"),
    S3("acme"), GoogleStorage("acme"), AzureBlob("https://a.io/b"), VolumeSnapshots("a"), FromBackup(1), Pooler(), CloudNativePg(),
    Eck(), EtcdOperator(), EtcdSpec(version="3.7"), NativeEtcdProvider(), OpsTreeRedis(), RedisCluster(), RedisSentinel(),
    KubeDbElasticsearch(), KubeDbMariaDb(), KubeDbMongo(), KubeDbMonitor(), KubeDbMySql(), KubeDbPostgres(), KubeDbRedis(), KubeDbTls("a"),
    MongoDbCommunity(), MongoUser(credentials=Credentials(user="a", password=SecretKey("s", "password"))),
    DatabaseUser(credentials=Credentials(user="a", password=SecretKey("s", "password"))), Jdbc(), LibPq(),
    OptionalVariables(UserName("A")), TlsEnabled("A"), UrlParameters("A"),
    BackupHook("a", pods={"a": "b"}, before=("sync",)), NamespaceBackupSpec(schedule=Schedule("@daily"), keep=timedelta(days=1)),
    Promotion("a"), Sites(primary="a", copies={"a": S3("acme"), "b": S3("acme")}),
    DumpSpec(backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=1), to=S3("acme")), image=Image("a:1")),
    Compacted(), Controllers(), ExistingKafka("a"), ExistingTopic("a", ExistingKafka("b")), Forever(), ForTime(timedelta(days=1)),
    KafkaSpec(version="4.3.1"), NativeKafkaProvider(), SpringKafka(), Strimzi(), TopicName("A"),
    DebeziumServer(), OutboxColumns(), StrimziConnect(image=Image("a:1")),
    DeadLetters(ExistingQueue("a", ExistingRabbitMq("a.io"))), ExchangeName("A"), ExistingExchange("a", ExistingRabbitMq("a.io")),
    ExistingQueue("a", ExistingRabbitMq("a.io")), QueueName("A"), RabbitMqOperators(), RoutingKey("A"), SpringRabbit(),
    CronWindow(start="0 8 * * *", end="0 9 * * *", time_zone="UTC", replicas=3), PrometheusQuery("up", per_pod=1), QueueLength("a", per_pod=1), TopicLag("a", per_pod=1),
    EventScaling(max_replicas=3, triggers=(QueueLength("a", per_pod=1),)), ScalingFallback(1), KedaOptions(), PrometheusServer("http://a"),
]  # fmt: skip
"""One of each, with as little said as can be."""

ANYTHING = {("Add", "value"), ("Replace", "value"), ("Test", "value")}
"""What takes any JSON, which is checked where it is written."""

SET_BY_US = {("ServiceRef", "chart"), ("ServiceRef", "certificate")}

BELOW_ZERO = {("TraefikGatewayOptions", "wildcard_priority")}
"""Numbers that may be below zero."""

DRAWN_FOR_US = {
    "AsDrawn",
    "MadeForStore",
    "BoundIdentity",
    "ConfigClient",
    "ConsulConfig",
    "ConsulKv",
    "EtcdClient",
    "Call",
    "Can",
    "Cannot",
    "CertificateNames",
    "Closed",
    "ClusterIdentity",
    "Deferred",
    "Finding",
    "Forward",
    "HeldCertificate",
    "Inlet",
    "Intent",
    "MakesPods",
    "MakesSecret",
    "WritesRemote",
    "MakesService",
    "NamedPort",
    "Observer",
    "Plan",
    "PodOwner",
    "Rule",
    "ServiceFacts",
    "Store",
    "StoreNames",
    "Subject",
    "Technology",
    "GroupOfTopic",
    "UsesBroker",
    "VaultAccess",
    "WorkScaling",
}
"""Written by the library for those who extend it, or drawn from; no part of what an app says."""

FORM = re.compile(r"(?s).+?: .+; .+")
"""Where it is, what is wrong, and what to do."""


EACH = pytest.mark.parametrize("value", RIGHT, ids=[type(value).__name__ for value in RIGHT])


class Wrong:
    """Nothing that a field could hold, with a text that no message may hold."""

    def __repr__(self) -> str:
        return "hunter2"


def fields(value: Any) -> list[str]:
    every = [field.name for field in dataclasses.fields(value)]
    return [name for name in every if (type(value).__name__, name) not in ANYTHING | SET_BY_US]


def refused(value: Any, name: str, wrong: object) -> str:
    """Why a field does not take a value."""
    try:
        taken = dataclasses.replace(value, **{name: wrong})
    except SpecError as error:
        return str(error)
    pytest.fail(f"{name}: took {wrong!r}: {taken!r}")


def wrong_plain(value: Any, name: str) -> list[object]:
    """Plain values of a sort that the field does not have, by what its annotation says."""
    said = str(next(field.type for field in dataclasses.fields(value) if field.name == name))
    wrong: list[object] = [] if (type(value).__name__, name) in BELOW_ZERO else [-5]
    if "float" not in said:
        wrong.append(1.5)
    if not re.search(
        r"\bstr\b|Named|Literal|Env|_|Isolation|Policy|Keep|Concurrency|Effect|Scheme|Select|Speaks", said
    ):
        wrong.append("no")
    if not re.search(r"tuple|Sequence|Exposure", said):
        wrong.extend([[], ("x",)])
    else:
        wrong.extend([[Wrong()], {"a": "b"}])
    if "Mapping" not in said:
        wrong.append({})
    else:
        wrong.extend([{"a": Wrong()}, {5: "x"}])
    if not re.search(r"\bbool\b", said):
        wrong.append(True)
    return wrong


@EACH
def test_a_value_of_no_known_type_is_refused_where_it_is_written(value: Any) -> None:
    for name in fields(value):
        message = refused(value, name, Wrong())
        assert FORM.fullmatch(message), name
        assert "hunter2" not in message, name


@EACH
def test_a_plain_value_of_another_type_is_refused_where_it_is_written(value: Any) -> None:
    for name in fields(value):
        for wrong in wrong_plain(value, name):
            message = refused(value, name, wrong)
            assert FORM.fullmatch(message), (name, wrong)
            assert "hunter2" not in message, (name, wrong)


@EACH
def test_none_is_accepted_only_for_optional_fields(value: Any) -> None:
    annotations = {field.name: str(field.type) for field in dataclasses.fields(value)}
    for name in fields(value):
        if "None" in annotations[name]:
            assert dataclasses.replace(value, **{name: getattr(value, name)}) == value, name
        else:
            assert refused(value, name, None)


def test_every_public_value_is_tried() -> None:
    values = {cls for cls in public_names().values() if inspect.isclass(cls) and dataclasses.is_dataclass(cls)}
    tried: set[type] = {type(value) for value in RIGHT}
    assert {cls.__name__ for cls in values - tried} == DRAWN_FOR_US

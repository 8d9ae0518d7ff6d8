"""Production-ready Kubernetes YAML from a short description of a microservice architecture, with cdk8s.

Values (specs, images, quantities, edges by name) import without Node; constructs load cdk8s when they are first
asked for. Import this package before cdk8s: it names the Node.js that the engine starts with.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from kmop_constructs._engine import choose_node, start_engine

if TYPE_CHECKING:
    from kmop_constructs.checks.rule import (
        Rule as Rule,
    )
    from kmop_constructs.components.api_gateway.auth import (
        ApiKey as ApiKey,
    )
    from kmop_constructs.components.api_gateway.auth import (
        BasicAuth as BasicAuth,
    )
    from kmop_constructs.components.api_gateway.auth import (
        Jwt as Jwt,
    )
    from kmop_constructs.components.api_gateway.auth import (
        Oidc as Oidc,
    )
    from kmop_constructs.components.api_gateway.base import (
        Gateway as Gateway,
    )
    from kmop_constructs.components.api_gateway.base import (
        GatewayFactory as GatewayFactory,
    )
    from kmop_constructs.components.api_gateway.capability import (
        Can as Can,
    )
    from kmop_constructs.components.api_gateway.capability import (
        Cannot as Cannot,
    )
    from kmop_constructs.components.api_gateway.capability import (
        Supports as Supports,
    )
    from kmop_constructs.components.api_gateway.capability import (
        admit as admit,
    )
    from kmop_constructs.components.api_gateway.entry import (
        ExistingEntry as ExistingEntry,
    )
    from kmop_constructs.components.api_gateway.entry import (
        Listener as Listener,
    )
    from kmop_constructs.components.api_gateway.route import (
        PathRoute as PathRoute,
    )
    from kmop_constructs.components.api_gateway.route import (
        Redirect as Redirect,
    )
    from kmop_constructs.components.api_gateway.route import (
        Share as Share,
    )
    from kmop_constructs.components.api_gateway.spec import (
        Exposure as Exposure,
    )
    from kmop_constructs.components.api_gateway.targets import (
        route_facts as route_facts,
    )
    from kmop_constructs.components.api_gateway.tls import (
        BackendTls as BackendTls,
    )
    from kmop_constructs.components.api_gateway.tls import (
        Hsts as Hsts,
    )
    from kmop_constructs.components.api_gateway.tls import (
        MutualTls as MutualTls,
    )
    from kmop_constructs.components.api_gateway.tls import (
        Tls as Tls,
    )
    from kmop_constructs.components.api_gateway.traffic import (
        Cors as Cors,
    )
    from kmop_constructs.components.api_gateway.traffic import (
        DnsRecord as DnsRecord,
    )
    from kmop_constructs.components.api_gateway.traffic import (
        RateLimit as RateLimit,
    )
    from kmop_constructs.components.api_gateway.traffic import (
        Retry as Retry,
    )
    from kmop_constructs.components.api_gateway.traffic import (
        StickyCookie as StickyCookie,
    )
    from kmop_constructs.components.communication.spec import (
        Closed as Closed,
    )
    from kmop_constructs.components.data.base import (
        StoreNames as StoreNames,
    )
    from kmop_constructs.components.data.base import (
        StoreProvider as StoreProvider,
    )
    from kmop_constructs.components.data.connection import (
        Store as Store,
    )
    from kmop_constructs.components.data.spec import (
        Credentials as Credentials,
    )
    from kmop_constructs.components.data.spec import (
        DatabaseName as DatabaseName,
    )
    from kmop_constructs.components.data.spec import (
        Password as Password,
    )
    from kmop_constructs.components.data.spec import (
        Prefix as Prefix,
    )
    from kmop_constructs.components.data.spec import (
        UserName as UserName,
    )
    from kmop_constructs.components.data.store_spec import (
        Backup as Backup,
    )
    from kmop_constructs.components.data.store_spec import (
        ElasticsearchSpec as ElasticsearchSpec,
    )
    from kmop_constructs.components.data.store_spec import (
        MongoSpec as MongoSpec,
    )
    from kmop_constructs.components.data.store_spec import (
        MySqlSpec as MySqlSpec,
    )
    from kmop_constructs.components.data.store_spec import (
        PostgresSpec as PostgresSpec,
    )
    from kmop_constructs.components.data.store_spec import (
        Provision as Provision,
    )
    from kmop_constructs.components.data.store_spec import (
        RabbitMqSpec as RabbitMqSpec,
    )
    from kmop_constructs.components.data.store_spec import (
        RedisSpec as RedisSpec,
    )
    from kmop_constructs.components.data.technology import (
        Technology as Technology,
    )
    from kmop_constructs.core.allowances import (
        allow as allow,
    )
    from kmop_constructs.core.chart import (
        KmopChart as KmopChart,
    )
    from kmop_constructs.core.connection import (
        Connection as Connection,
    )
    from kmop_constructs.core.connection import (
        Request as Request,
    )
    from kmop_constructs.core.connection import (
        Resilience as Resilience,
    )
    from kmop_constructs.core.connection import (
        ToHost as ToHost,
    )
    from kmop_constructs.core.connection import (
        ToPeer as ToPeer,
    )
    from kmop_constructs.core.connection import (
        ToPods as ToPods,
    )
    from kmop_constructs.core.connection import (
        ToService as ToService,
    )
    from kmop_constructs.core.contribution import (
        Contribution as Contribution,
    )
    from kmop_constructs.core.contribution import (
        Edge as Edge,
    )
    from kmop_constructs.core.declared import (
        Forward as Forward,
    )
    from kmop_constructs.core.declared import (
        Inlet as Inlet,
    )
    from kmop_constructs.core.edges import (
        ExistingService as ExistingService,
    )
    from kmop_constructs.core.edges import (
        ExternalHost as ExternalHost,
    )
    from kmop_constructs.core.edges import (
        ServiceRef as ServiceRef,
    )
    from kmop_constructs.core.findings import (
        Finding as Finding,
    )
    from kmop_constructs.core.jobs import (
        Drawn as Drawn,
    )
    from kmop_constructs.core.jobs import (
        Intent as Intent,
    )
    from kmop_constructs.core.jobs import (
        Provider as Provider,
    )
    from kmop_constructs.core.made import (
        MakesPods as MakesPods,
    )
    from kmop_constructs.core.made import (
        MakesSecret as MakesSecret,
    )
    from kmop_constructs.core.made import (
        MakesService as MakesService,
    )
    from kmop_constructs.core.manifest import (
        Deferred as Deferred,
    )
    from kmop_constructs.core.manifest import (
        Manifest as Manifest,
    )
    from kmop_constructs.core.patch import (
        Add as Add,
    )
    from kmop_constructs.core.patch import (
        Copy as Copy,
    )
    from kmop_constructs.core.patch import (
        Move as Move,
    )
    from kmop_constructs.core.patch import (
        Remove as Remove,
    )
    from kmop_constructs.core.patch import (
        Replace as Replace,
    )
    from kmop_constructs.core.patch import (
        Test as Test,
    )
    from kmop_constructs.core.place import (
        give as give,
    )
    from kmop_constructs.core.reading import (
        Synthesis as Synthesis,
    )
    from kmop_constructs.core.subject import (
        NamedPort as NamedPort,
    )
    from kmop_constructs.core.subject import (
        PodOwner as PodOwner,
    )
    from kmop_constructs.core.subject import (
        ServiceFacts as ServiceFacts,
    )
    from kmop_constructs.core.subject import (
        Subject as Subject,
    )
    from kmop_constructs.errors import (
        CheckError as CheckError,
    )
    from kmop_constructs.errors import (
        ConflictError as ConflictError,
    )
    from kmop_constructs.errors import (
        EngineError as EngineError,
    )
    from kmop_constructs.errors import (
        KmopError as KmopError,
    )
    from kmop_constructs.errors import (
        SpecError as SpecError,
    )
    from kmop_constructs.errors import (
        UnsupportedError as UnsupportedError,
    )
    from kmop_constructs.providers.apigee.gateway import (
        ApigeeEdge as ApigeeEdge,
    )
    from kmop_constructs.providers.apigee.gateway import (
        ApigeeEdgeOptions as ApigeeEdgeOptions,
    )
    from kmop_constructs.providers.apigee.gateway import (
        ApigeeEndpoint as ApigeeEndpoint,
    )
    from kmop_constructs.providers.emissary.entry import (
        EmissaryEntry as EmissaryEntry,
    )
    from kmop_constructs.providers.emissary.entry import (
        EmissaryEntryOptions as EmissaryEntryOptions,
    )
    from kmop_constructs.providers.emissary.gateway import (
        EmissaryGateway as EmissaryGateway,
    )
    from kmop_constructs.providers.emissary.gateway import (
        EmissaryGatewayOptions as EmissaryGatewayOptions,
    )
    from kmop_constructs.providers.envoy_gateway.entry import (
        EnvoyEntry as EnvoyEntry,
    )
    from kmop_constructs.providers.envoy_gateway.entry import (
        EnvoyEntryOptions as EnvoyEntryOptions,
    )
    from kmop_constructs.providers.envoy_gateway.gateway import (
        EnvoyGateway as EnvoyGateway,
    )
    from kmop_constructs.providers.envoy_gateway.gateway import (
        EnvoyGatewayOptions as EnvoyGatewayOptions,
    )
    from kmop_constructs.providers.existing.provider import (
        ExistingStoreProvider as ExistingStoreProvider,
    )
    from kmop_constructs.providers.existing.stores import (
        ExistingElasticsearch as ExistingElasticsearch,
    )
    from kmop_constructs.providers.existing.stores import (
        ExistingMongo as ExistingMongo,
    )
    from kmop_constructs.providers.existing.stores import (
        ExistingMySql as ExistingMySql,
    )
    from kmop_constructs.providers.existing.stores import (
        ExistingPostgres as ExistingPostgres,
    )
    from kmop_constructs.providers.existing.stores import (
        ExistingRabbitMq as ExistingRabbitMq,
    )
    from kmop_constructs.providers.existing.stores import (
        ExistingRedis as ExistingRedis,
    )
    from kmop_constructs.providers.gateway_api.entry import (
        GatewayApiEntry as GatewayApiEntry,
    )
    from kmop_constructs.providers.gateway_api.entry import (
        GatewayApiEntryOptions as GatewayApiEntryOptions,
    )
    from kmop_constructs.providers.gateway_api.gateway import (
        GatewayApi as GatewayApi,
    )
    from kmop_constructs.providers.gateway_api.gateway import (
        GatewayApiOptions as GatewayApiOptions,
    )
    from kmop_constructs.providers.haproxy.gateway import (
        HaproxyGateway as HaproxyGateway,
    )
    from kmop_constructs.providers.haproxy.gateway import (
        HaproxyGatewayOptions as HaproxyGatewayOptions,
    )
    from kmop_constructs.providers.ingress_nginx.gateway import (
        IngressNginxGateway as IngressNginxGateway,
    )
    from kmop_constructs.providers.ingress_nginx.gateway import (
        IngressNginxGatewayOptions as IngressNginxGatewayOptions,
    )
    from kmop_constructs.providers.istio.entry import (
        IstioEntry as IstioEntry,
    )
    from kmop_constructs.providers.istio.entry import (
        IstioEntryOptions as IstioEntryOptions,
    )
    from kmop_constructs.providers.istio.gateway import (
        IstioGateway as IstioGateway,
    )
    from kmop_constructs.providers.istio.gateway import (
        IstioGatewayOptions as IstioGatewayOptions,
    )
    from kmop_constructs.providers.kong.entry import (
        KongEntry as KongEntry,
    )
    from kmop_constructs.providers.kong.entry import (
        KongEntryOptions as KongEntryOptions,
    )
    from kmop_constructs.providers.kong.gateway import (
        KongGateway as KongGateway,
    )
    from kmop_constructs.providers.kong.gateway import (
        KongGatewayOptions as KongGatewayOptions,
    )
    from kmop_constructs.providers.native.api_gateway import (
        NativeGateway as NativeGateway,
    )
    from kmop_constructs.providers.native.api_gateway import (
        NativeGatewayOptions as NativeGatewayOptions,
    )
    from kmop_constructs.providers.native.configuration import (
        ExistingConfig as ExistingConfig,
    )
    from kmop_constructs.providers.native.configuration import (
        ExistingSecret as ExistingSecret,
    )
    from kmop_constructs.providers.native.configuration import (
        NativeConfig as NativeConfig,
    )
    from kmop_constructs.providers.native.configuration import (
        NativeSecret as NativeSecret,
    )
    from kmop_constructs.providers.native.configuration import (
        local_files as local_files,
    )
    from kmop_constructs.providers.native.containerization import (
        NativePullSecret as NativePullSecret,
    )
    from kmop_constructs.providers.native.data.elasticsearch import (
        NativeElasticsearch as NativeElasticsearch,
    )
    from kmop_constructs.providers.native.data.elasticsearch import (
        NativeElasticsearchProvider as NativeElasticsearchProvider,
    )
    from kmop_constructs.providers.native.data.mongo import (
        NativeMongo as NativeMongo,
    )
    from kmop_constructs.providers.native.data.mongo import (
        NativeMongoProvider as NativeMongoProvider,
    )
    from kmop_constructs.providers.native.data.mysql import (
        NativeMySql as NativeMySql,
    )
    from kmop_constructs.providers.native.data.mysql import (
        NativeMySqlProvider as NativeMySqlProvider,
    )
    from kmop_constructs.providers.native.data.postgres import (
        NativePostgres as NativePostgres,
    )
    from kmop_constructs.providers.native.data.postgres import (
        NativePostgresProvider as NativePostgresProvider,
    )
    from kmop_constructs.providers.native.data.rabbitmq import (
        NativeRabbitMq as NativeRabbitMq,
    )
    from kmop_constructs.providers.native.data.rabbitmq import (
        NativeRabbitMqProvider as NativeRabbitMqProvider,
    )
    from kmop_constructs.providers.native.data.redis import (
        NativeRedis as NativeRedis,
    )
    from kmop_constructs.providers.native.data.redis import (
        NativeRedisProvider as NativeRedisProvider,
    )
    from kmop_constructs.providers.native.data.store import (
        NativeDataOptions as NativeDataOptions,
    )
    from kmop_constructs.providers.native.security import (
        NativeNamespace as NativeNamespace,
    )
    from kmop_constructs.providers.native.security import (
        Quota as Quota,
    )
    from kmop_constructs.providers.native.service_discovery import (
        NativeExternalName as NativeExternalName,
    )
    from kmop_constructs.providers.nginx.entry import (
        NginxEntry as NginxEntry,
    )
    from kmop_constructs.providers.nginx.entry import (
        NginxEntryOptions as NginxEntryOptions,
    )
    from kmop_constructs.providers.nginx.gateway import (
        NginxGateway as NginxGateway,
    )
    from kmop_constructs.providers.nginx.gateway import (
        NginxGatewayOptions as NginxGatewayOptions,
    )
    from kmop_constructs.providers.oauth2_proxy.login import (
        OAuth2Proxy as OAuth2Proxy,
    )
    from kmop_constructs.providers.oauth2_proxy.login import (
        OAuth2ProxyOptions as OAuth2ProxyOptions,
    )
    from kmop_constructs.providers.spring_cloud_gateway.gateway import (
        SpringCloudGateway as SpringCloudGateway,
    )
    from kmop_constructs.providers.spring_cloud_gateway.gateway import (
        SpringCloudGatewayOptions as SpringCloudGatewayOptions,
    )
    from kmop_constructs.providers.spring_cloud_gateway.routes import (
        EdgeRoute as EdgeRoute,
    )
    from kmop_constructs.providers.spring_cloud_gateway.routes import (
        RouteCircuitBreaker as RouteCircuitBreaker,
    )
    from kmop_constructs.providers.spring_cloud_gateway.routes import (
        RouteRetry as RouteRetry,
    )
    from kmop_constructs.providers.spring_cloud_gateway.routes import (
        RouteRewrite as RouteRewrite,
    )
    from kmop_constructs.providers.spring_cloud_gateway.routes import (
        RouteWeight as RouteWeight,
    )
    from kmop_constructs.providers.traefik.gateway import (
        TraefikGateway as TraefikGateway,
    )
    from kmop_constructs.providers.traefik.ingress import (
        TraefikIngressGateway as TraefikIngressGateway,
    )
    from kmop_constructs.providers.traefik.options import (
        TraefikGatewayOptions as TraefikGatewayOptions,
    )
    from kmop_constructs.values.address import (
        DEFAULT_ENV as DEFAULT_ENV,
    )
    from kmop_constructs.values.address import (
        Host as Host,
    )
    from kmop_constructs.values.address import (
        HostPort as HostPort,
    )
    from kmop_constructs.values.address import (
        PortNumber as PortNumber,
    )
    from kmop_constructs.values.address import (
        Template as Template,
    )
    from kmop_constructs.values.address import (
        Url as Url,
    )
    from kmop_constructs.values.affinity import (
        ONE_PER_HOST as ONE_PER_HOST,
    )
    from kmop_constructs.values.affinity import (
        Apart as Apart,
    )
    from kmop_constructs.values.affinity import (
        Beside as Beside,
    )
    from kmop_constructs.values.affinity import (
        OnNodes as OnNodes,
    )
    from kmop_constructs.values.callers import (
        Caller as Caller,
    )
    from kmop_constructs.values.cluster import (
        ClusterIdentity as ClusterIdentity,
    )
    from kmop_constructs.values.cluster import (
        KubernetesVersion as KubernetesVersion,
    )
    from kmop_constructs.values.cluster import (
        Operator as Operator,
    )
    from kmop_constructs.values.cluster import (
        Peer as Peer,
    )
    from kmop_constructs.values.cluster import (
        Peers as Peers,
    )
    from kmop_constructs.values.disruption import (
        NO_BUDGET as NO_BUDGET,
    )
    from kmop_constructs.values.disruption import (
        MaxUnavailable as MaxUnavailable,
    )
    from kmop_constructs.values.disruption import (
        MinAvailable as MinAvailable,
    )
    from kmop_constructs.values.dns import (
        Dns as Dns,
    )
    from kmop_constructs.values.env import (
        ConfigKey as ConfigKey,
    )
    from kmop_constructs.values.env import (
        ConfigMapEnv as ConfigMapEnv,
    )
    from kmop_constructs.values.env import (
        ContainerField as ContainerField,
    )
    from kmop_constructs.values.env import (
        PodField as PodField,
    )
    from kmop_constructs.values.env import (
        SecretEnv as SecretEnv,
    )
    from kmop_constructs.values.env import (
        SecretKey as SecretKey,
    )
    from kmop_constructs.values.files import (
        ConfigDirectory as ConfigDirectory,
    )
    from kmop_constructs.values.files import (
        FileTemplate as FileTemplate,
    )
    from kmop_constructs.values.files import (
        LocalFile as LocalFile,
    )
    from kmop_constructs.values.files import (
        Projected as Projected,
    )
    from kmop_constructs.values.files import (
        SecretDirectory as SecretDirectory,
    )
    from kmop_constructs.values.files import (
        Text as Text,
    )
    from kmop_constructs.values.hooks import (
        Hooks as Hooks,
    )
    from kmop_constructs.values.image import (
        Image as Image,
    )
    from kmop_constructs.values.metrics import (
        Metrics as Metrics,
    )
    from kmop_constructs.values.placement import (
        HOSTS as HOSTS,
    )
    from kmop_constructs.values.placement import (
        ZONES as ZONES,
    )
    from kmop_constructs.values.placement import (
        Placement as Placement,
    )
    from kmop_constructs.values.placement import (
        Spread as Spread,
    )
    from kmop_constructs.values.placement import (
        Toleration as Toleration,
    )
    from kmop_constructs.values.ports import (
        Port as Port,
    )
    from kmop_constructs.values.probes import (
        NO_PROBE as NO_PROBE,
    )
    from kmop_constructs.values.probes import (
        Exec as Exec,
    )
    from kmop_constructs.values.probes import (
        GrpcCheck as GrpcCheck,
    )
    from kmop_constructs.values.probes import (
        Health as Health,
    )
    from kmop_constructs.values.probes import (
        HttpGet as HttpGet,
    )
    from kmop_constructs.values.probes import (
        ProbeTiming as ProbeTiming,
    )
    from kmop_constructs.values.probes import (
        TcpSocket as TcpSocket,
    )
    from kmop_constructs.values.quantity import (
        Cpu as Cpu,
    )
    from kmop_constructs.values.quantity import (
        Size as Size,
    )
    from kmop_constructs.values.resources import (
        GUESSED as GUESSED,
    )
    from kmop_constructs.values.resources import (
        UNLIMITED as UNLIMITED,
    )
    from kmop_constructs.values.resources import (
        Resources as Resources,
    )
    from kmop_constructs.values.rollout import (
        OrderedUpdate as OrderedUpdate,
    )
    from kmop_constructs.values.rollout import (
        Recreate as Recreate,
    )
    from kmop_constructs.values.rollout import (
        RollingUpdate as RollingUpdate,
    )
    from kmop_constructs.values.scaling import (
        Autoscaling as Autoscaling,
    )
    from kmop_constructs.values.scaling import (
        ContainerTarget as ContainerTarget,
    )
    from kmop_constructs.values.scaling import (
        Replicas as Replicas,
    )
    from kmop_constructs.values.scaling import (
        ScalingPace as ScalingPace,
    )
    from kmop_constructs.values.schedule import (
        Schedule as Schedule,
    )
    from kmop_constructs.values.secret import (
        InlineSecret as InlineSecret,
    )
    from kmop_constructs.values.security import (
        Account as Account,
    )
    from kmop_constructs.values.security import (
        Permission as Permission,
    )
    from kmop_constructs.values.security import (
        Security as Security,
    )
    from kmop_constructs.values.service import (
        HeadlessService as HeadlessService,
    )
    from kmop_constructs.values.service import (
        LoadBalancer as LoadBalancer,
    )
    from kmop_constructs.values.service import (
        NodePort as NodePort,
    )
    from kmop_constructs.values.service import (
        Service as Service,
    )
    from kmop_constructs.values.shutdown import (
        Shutdown as Shutdown,
    )
    from kmop_constructs.values.tool import (
        Dotted as Dotted,
    )
    from kmop_constructs.values.tool import (
        Job as Job,
    )
    from kmop_constructs.values.tool import (
        Kind as Kind,
    )
    from kmop_constructs.values.tool import (
        Tool as Tool,
    )
    from kmop_constructs.values.volumes import (
        Claim as Claim,
    )
    from kmop_constructs.values.volumes import (
        ClaimTemplate as ClaimTemplate,
    )
    from kmop_constructs.values.volumes import (
        EmptyDir as EmptyDir,
    )
    from kmop_constructs.values.volumes import (
        Mount as Mount,
    )
    from kmop_constructs.values.workload import (
        Container as Container,
    )
    from kmop_constructs.values.workload import (
        Identity as Identity,
    )
    from kmop_constructs.values.workload import (
        Migration as Migration,
    )
    from kmop_constructs.values.workload import (
        WorkloadSpec as WorkloadSpec,
    )
    from kmop_constructs.workloads.microservice import (
        Microservice as Microservice,
    )
    from kmop_constructs.workloads.microservice import (
        Worker as Worker,
    )
    from kmop_constructs.workloads.plan import (
        Plan as Plan,
    )
    from kmop_constructs.workloads.platform import (
        Platform as Platform,
    )
    from kmop_constructs.workloads.spec import (
        ServiceSpec as ServiceSpec,
    )
    from kmop_constructs.workloads.spec import (
        WorkerSpec as WorkerSpec,
    )
    from kmop_constructs.workloads.stateful import (
        StatefulService as StatefulService,
    )
    from kmop_constructs.workloads.stateful import (
        StatefulSpec as StatefulSpec,
    )
    from kmop_constructs.workloads.stores import (
        Elasticsearch as Elasticsearch,
    )
    from kmop_constructs.workloads.stores import (
        Mongo as Mongo,
    )
    from kmop_constructs.workloads.stores import (
        MySql as MySql,
    )
    from kmop_constructs.workloads.stores import (
        Postgres as Postgres,
    )
    from kmop_constructs.workloads.stores import (
        RabbitMq as RabbitMq,
    )
    from kmop_constructs.workloads.stores import (
        Redis as Redis,
    )
    from kmop_constructs.workloads.task import (
        ScheduledTask as ScheduledTask,
    )
    from kmop_constructs.workloads.task import (
        ScheduledTaskSpec as ScheduledTaskSpec,
    )
    from kmop_constructs.workloads.task import (
        Task as Task,
    )
    from kmop_constructs.workloads.task import (
        TaskSpec as TaskSpec,
    )

__all__ = [
    "DEFAULT_ENV",
    "GUESSED",
    "HOSTS",
    "NO_BUDGET",
    "NO_PROBE",
    "ONE_PER_HOST",
    "UNLIMITED",
    "ZONES",
    "Account",
    "Add",
    "Apart",
    "ApiKey",
    "ApigeeEdge",
    "ApigeeEdgeOptions",
    "ApigeeEndpoint",
    "Autoscaling",
    "BackendTls",
    "Backup",
    "BasicAuth",
    "Beside",
    "Caller",
    "Can",
    "Cannot",
    "CheckError",
    "Claim",
    "ClaimTemplate",
    "Closed",
    "ClusterIdentity",
    "ConfigDirectory",
    "ConfigKey",
    "ConfigMapEnv",
    "ConflictError",
    "Connection",
    "Container",
    "ContainerField",
    "ContainerTarget",
    "Contribution",
    "Copy",
    "Cors",
    "Cpu",
    "Credentials",
    "DatabaseName",
    "Deferred",
    "Dns",
    "DnsRecord",
    "Dotted",
    "Drawn",
    "Edge",
    "EdgeRoute",
    "Elasticsearch",
    "ElasticsearchSpec",
    "EmissaryEntry",
    "EmissaryEntryOptions",
    "EmissaryGateway",
    "EmissaryGatewayOptions",
    "EmptyDir",
    "EngineError",
    "EnvoyEntry",
    "EnvoyEntryOptions",
    "EnvoyGateway",
    "EnvoyGatewayOptions",
    "Exec",
    "ExistingConfig",
    "ExistingElasticsearch",
    "ExistingEntry",
    "ExistingMongo",
    "ExistingMySql",
    "ExistingPostgres",
    "ExistingRabbitMq",
    "ExistingRedis",
    "ExistingSecret",
    "ExistingService",
    "ExistingStoreProvider",
    "Exposure",
    "ExternalHost",
    "FileTemplate",
    "Finding",
    "Forward",
    "Gateway",
    "GatewayApi",
    "GatewayApiEntry",
    "GatewayApiEntryOptions",
    "GatewayApiOptions",
    "GatewayFactory",
    "GrpcCheck",
    "HaproxyGateway",
    "HaproxyGatewayOptions",
    "HeadlessService",
    "Health",
    "Hooks",
    "Host",
    "HostPort",
    "Hsts",
    "HttpGet",
    "Identity",
    "Image",
    "IngressNginxGateway",
    "IngressNginxGatewayOptions",
    "Inlet",
    "InlineSecret",
    "Intent",
    "IstioEntry",
    "IstioEntryOptions",
    "IstioGateway",
    "IstioGatewayOptions",
    "Job",
    "Jwt",
    "Kind",
    "KmopChart",
    "KmopError",
    "KongEntry",
    "KongEntryOptions",
    "KongGateway",
    "KongGatewayOptions",
    "KubernetesVersion",
    "Listener",
    "LoadBalancer",
    "LocalFile",
    "MakesPods",
    "MakesSecret",
    "MakesService",
    "Manifest",
    "MaxUnavailable",
    "Metrics",
    "Microservice",
    "Migration",
    "MinAvailable",
    "Mongo",
    "MongoSpec",
    "Mount",
    "Move",
    "MutualTls",
    "MySql",
    "MySqlSpec",
    "NamedPort",
    "NativeConfig",
    "NativeDataOptions",
    "NativeElasticsearch",
    "NativeElasticsearchProvider",
    "NativeExternalName",
    "NativeGateway",
    "NativeGatewayOptions",
    "NativeMongo",
    "NativeMongoProvider",
    "NativeMySql",
    "NativeMySqlProvider",
    "NativeNamespace",
    "NativePostgres",
    "NativePostgresProvider",
    "NativePullSecret",
    "NativeRabbitMq",
    "NativeRabbitMqProvider",
    "NativeRedis",
    "NativeRedisProvider",
    "NativeSecret",
    "NginxEntry",
    "NginxEntryOptions",
    "NginxGateway",
    "NginxGatewayOptions",
    "NodePort",
    "OAuth2Proxy",
    "OAuth2ProxyOptions",
    "Oidc",
    "OnNodes",
    "Operator",
    "OrderedUpdate",
    "Password",
    "PathRoute",
    "Peer",
    "Peers",
    "Permission",
    "Placement",
    "Plan",
    "Platform",
    "PodField",
    "PodOwner",
    "Port",
    "PortNumber",
    "Postgres",
    "PostgresSpec",
    "Prefix",
    "ProbeTiming",
    "Projected",
    "Provider",
    "Provision",
    "Quota",
    "RabbitMq",
    "RabbitMqSpec",
    "RateLimit",
    "Recreate",
    "Redirect",
    "Redis",
    "RedisSpec",
    "Remove",
    "Replace",
    "Replicas",
    "Request",
    "Resilience",
    "Resources",
    "Retry",
    "RollingUpdate",
    "RouteCircuitBreaker",
    "RouteRetry",
    "RouteRewrite",
    "RouteWeight",
    "Rule",
    "ScalingPace",
    "Schedule",
    "ScheduledTask",
    "ScheduledTaskSpec",
    "SecretDirectory",
    "SecretEnv",
    "SecretKey",
    "Security",
    "Service",
    "ServiceFacts",
    "ServiceRef",
    "ServiceSpec",
    "Share",
    "Shutdown",
    "Size",
    "SpecError",
    "Spread",
    "SpringCloudGateway",
    "SpringCloudGatewayOptions",
    "StatefulService",
    "StatefulSpec",
    "StickyCookie",
    "Store",
    "StoreNames",
    "StoreProvider",
    "Subject",
    "Supports",
    "Synthesis",
    "Task",
    "TaskSpec",
    "TcpSocket",
    "Technology",
    "Template",
    "Test",
    "Text",
    "Tls",
    "ToHost",
    "ToPeer",
    "ToPods",
    "ToService",
    "Toleration",
    "Tool",
    "TraefikGateway",
    "TraefikGatewayOptions",
    "TraefikIngressGateway",
    "UnsupportedError",
    "Url",
    "UserName",
    "Worker",
    "WorkerSpec",
    "WorkloadSpec",
    "admit",
    "allow",
    "give",
    "local_files",
    "route_facts",
]

_HOME = {
    "Account": "values.security",
    "Add": "core.patch",
    "Apart": "values.affinity",
    "ApiKey": "components.api_gateway.auth",
    "ApigeeEdge": "providers.apigee.gateway",
    "ApigeeEdgeOptions": "providers.apigee.gateway",
    "ApigeeEndpoint": "providers.apigee.gateway",
    "Autoscaling": "values.scaling",
    "BackendTls": "components.api_gateway.tls",
    "Backup": "components.data.store_spec",
    "BasicAuth": "components.api_gateway.auth",
    "Beside": "values.affinity",
    "Caller": "values.callers",
    "Can": "components.api_gateway.capability",
    "Cannot": "components.api_gateway.capability",
    "CheckError": "errors",
    "Claim": "values.volumes",
    "ClaimTemplate": "values.volumes",
    "Closed": "components.communication.spec",
    "ClusterIdentity": "values.cluster",
    "ConfigDirectory": "values.files",
    "ConfigKey": "values.env",
    "ConfigMapEnv": "values.env",
    "ConflictError": "errors",
    "Connection": "core.connection",
    "Container": "values.workload",
    "ContainerField": "values.env",
    "ContainerTarget": "values.scaling",
    "Contribution": "core.contribution",
    "Copy": "core.patch",
    "Cors": "components.api_gateway.traffic",
    "Cpu": "values.quantity",
    "Credentials": "components.data.spec",
    "DEFAULT_ENV": "values.address",
    "DatabaseName": "components.data.spec",
    "Deferred": "core.manifest",
    "Dns": "values.dns",
    "DnsRecord": "components.api_gateway.traffic",
    "Dotted": "values.tool",
    "Drawn": "core.jobs",
    "Edge": "core.contribution",
    "EdgeRoute": "providers.spring_cloud_gateway.routes",
    "Elasticsearch": "workloads.stores",
    "ElasticsearchSpec": "components.data.store_spec",
    "EmissaryEntry": "providers.emissary.entry",
    "EmissaryEntryOptions": "providers.emissary.entry",
    "EmissaryGateway": "providers.emissary.gateway",
    "EmissaryGatewayOptions": "providers.emissary.gateway",
    "EmptyDir": "values.volumes",
    "EngineError": "errors",
    "EnvoyEntry": "providers.envoy_gateway.entry",
    "EnvoyEntryOptions": "providers.envoy_gateway.entry",
    "EnvoyGateway": "providers.envoy_gateway.gateway",
    "EnvoyGatewayOptions": "providers.envoy_gateway.gateway",
    "Exec": "values.probes",
    "ExistingConfig": "providers.native.configuration",
    "ExistingElasticsearch": "providers.existing.stores",
    "ExistingEntry": "components.api_gateway.entry",
    "ExistingMongo": "providers.existing.stores",
    "ExistingMySql": "providers.existing.stores",
    "ExistingPostgres": "providers.existing.stores",
    "ExistingRabbitMq": "providers.existing.stores",
    "ExistingRedis": "providers.existing.stores",
    "ExistingSecret": "providers.native.configuration",
    "ExistingService": "core.edges",
    "ExistingStoreProvider": "providers.existing.provider",
    "Exposure": "components.api_gateway.spec",
    "ExternalHost": "core.edges",
    "FileTemplate": "values.files",
    "Finding": "core.findings",
    "Forward": "core.declared",
    "GUESSED": "values.resources",
    "Gateway": "components.api_gateway.base",
    "GatewayApi": "providers.gateway_api.gateway",
    "GatewayApiEntry": "providers.gateway_api.entry",
    "GatewayApiEntryOptions": "providers.gateway_api.entry",
    "GatewayApiOptions": "providers.gateway_api.gateway",
    "GatewayFactory": "components.api_gateway.base",
    "GrpcCheck": "values.probes",
    "HOSTS": "values.placement",
    "HaproxyGateway": "providers.haproxy.gateway",
    "HaproxyGatewayOptions": "providers.haproxy.gateway",
    "HeadlessService": "values.service",
    "Health": "values.probes",
    "Hooks": "values.hooks",
    "Host": "values.address",
    "HostPort": "values.address",
    "Hsts": "components.api_gateway.tls",
    "HttpGet": "values.probes",
    "Identity": "values.workload",
    "Image": "values.image",
    "IngressNginxGateway": "providers.ingress_nginx.gateway",
    "IngressNginxGatewayOptions": "providers.ingress_nginx.gateway",
    "Inlet": "core.declared",
    "InlineSecret": "values.secret",
    "Intent": "core.jobs",
    "IstioEntry": "providers.istio.entry",
    "IstioEntryOptions": "providers.istio.entry",
    "IstioGateway": "providers.istio.gateway",
    "IstioGatewayOptions": "providers.istio.gateway",
    "Job": "values.tool",
    "Jwt": "components.api_gateway.auth",
    "Kind": "values.tool",
    "KmopChart": "core.chart",
    "KmopError": "errors",
    "KongEntry": "providers.kong.entry",
    "KongEntryOptions": "providers.kong.entry",
    "KongGateway": "providers.kong.gateway",
    "KongGatewayOptions": "providers.kong.gateway",
    "KubernetesVersion": "values.cluster",
    "Listener": "components.api_gateway.entry",
    "LoadBalancer": "values.service",
    "LocalFile": "values.files",
    "MakesPods": "core.made",
    "MakesSecret": "core.made",
    "MakesService": "core.made",
    "Manifest": "core.manifest",
    "MaxUnavailable": "values.disruption",
    "Metrics": "values.metrics",
    "Microservice": "workloads.microservice",
    "Migration": "values.workload",
    "MinAvailable": "values.disruption",
    "Mongo": "workloads.stores",
    "MongoSpec": "components.data.store_spec",
    "Mount": "values.volumes",
    "Move": "core.patch",
    "MutualTls": "components.api_gateway.tls",
    "MySql": "workloads.stores",
    "MySqlSpec": "components.data.store_spec",
    "NO_BUDGET": "values.disruption",
    "NO_PROBE": "values.probes",
    "NamedPort": "core.subject",
    "NativeConfig": "providers.native.configuration",
    "NativeDataOptions": "providers.native.data.store",
    "NativeElasticsearch": "providers.native.data.elasticsearch",
    "NativeElasticsearchProvider": "providers.native.data.elasticsearch",
    "NativeExternalName": "providers.native.service_discovery",
    "NativeGateway": "providers.native.api_gateway",
    "NativeGatewayOptions": "providers.native.api_gateway",
    "NativeMongo": "providers.native.data.mongo",
    "NativeMongoProvider": "providers.native.data.mongo",
    "NativeMySql": "providers.native.data.mysql",
    "NativeMySqlProvider": "providers.native.data.mysql",
    "NativeNamespace": "providers.native.security",
    "NativePostgres": "providers.native.data.postgres",
    "NativePostgresProvider": "providers.native.data.postgres",
    "NativePullSecret": "providers.native.containerization",
    "NativeRabbitMq": "providers.native.data.rabbitmq",
    "NativeRabbitMqProvider": "providers.native.data.rabbitmq",
    "NativeRedis": "providers.native.data.redis",
    "NativeRedisProvider": "providers.native.data.redis",
    "NativeSecret": "providers.native.configuration",
    "NginxEntry": "providers.nginx.entry",
    "NginxEntryOptions": "providers.nginx.entry",
    "NginxGateway": "providers.nginx.gateway",
    "NginxGatewayOptions": "providers.nginx.gateway",
    "NodePort": "values.service",
    "OAuth2Proxy": "providers.oauth2_proxy.login",
    "OAuth2ProxyOptions": "providers.oauth2_proxy.login",
    "ONE_PER_HOST": "values.affinity",
    "Oidc": "components.api_gateway.auth",
    "OnNodes": "values.affinity",
    "Operator": "values.cluster",
    "OrderedUpdate": "values.rollout",
    "Password": "components.data.spec",
    "PathRoute": "components.api_gateway.route",
    "Peer": "values.cluster",
    "Peers": "values.cluster",
    "Permission": "values.security",
    "Placement": "values.placement",
    "Plan": "workloads.plan",
    "Platform": "workloads.platform",
    "PodField": "values.env",
    "PodOwner": "core.subject",
    "Port": "values.ports",
    "PortNumber": "values.address",
    "Postgres": "workloads.stores",
    "PostgresSpec": "components.data.store_spec",
    "Prefix": "components.data.spec",
    "ProbeTiming": "values.probes",
    "Projected": "values.files",
    "Provider": "core.jobs",
    "Provision": "components.data.store_spec",
    "Quota": "providers.native.security",
    "RabbitMq": "workloads.stores",
    "RabbitMqSpec": "components.data.store_spec",
    "RateLimit": "components.api_gateway.traffic",
    "Recreate": "values.rollout",
    "Redirect": "components.api_gateway.route",
    "Redis": "workloads.stores",
    "RedisSpec": "components.data.store_spec",
    "Remove": "core.patch",
    "Replace": "core.patch",
    "Replicas": "values.scaling",
    "Request": "core.connection",
    "Resilience": "core.connection",
    "Resources": "values.resources",
    "Retry": "components.api_gateway.traffic",
    "RollingUpdate": "values.rollout",
    "RouteCircuitBreaker": "providers.spring_cloud_gateway.routes",
    "RouteRetry": "providers.spring_cloud_gateway.routes",
    "RouteRewrite": "providers.spring_cloud_gateway.routes",
    "RouteWeight": "providers.spring_cloud_gateway.routes",
    "Rule": "checks.rule",
    "ScalingPace": "values.scaling",
    "Schedule": "values.schedule",
    "ScheduledTask": "workloads.task",
    "ScheduledTaskSpec": "workloads.task",
    "SecretDirectory": "values.files",
    "SecretEnv": "values.env",
    "SecretKey": "values.env",
    "Security": "values.security",
    "Service": "values.service",
    "ServiceFacts": "core.subject",
    "ServiceRef": "core.edges",
    "ServiceSpec": "workloads.spec",
    "Share": "components.api_gateway.route",
    "Shutdown": "values.shutdown",
    "Size": "values.quantity",
    "SpecError": "errors",
    "Spread": "values.placement",
    "SpringCloudGateway": "providers.spring_cloud_gateway.gateway",
    "SpringCloudGatewayOptions": "providers.spring_cloud_gateway.gateway",
    "StatefulService": "workloads.stateful",
    "StatefulSpec": "workloads.stateful",
    "StickyCookie": "components.api_gateway.traffic",
    "Store": "components.data.connection",
    "StoreNames": "components.data.base",
    "StoreProvider": "components.data.base",
    "Subject": "core.subject",
    "Supports": "components.api_gateway.capability",
    "Synthesis": "core.reading",
    "Task": "workloads.task",
    "TaskSpec": "workloads.task",
    "TcpSocket": "values.probes",
    "Technology": "components.data.technology",
    "Template": "values.address",
    "Test": "core.patch",
    "Text": "values.files",
    "Tls": "components.api_gateway.tls",
    "ToHost": "core.connection",
    "ToPeer": "core.connection",
    "ToPods": "core.connection",
    "ToService": "core.connection",
    "Toleration": "values.placement",
    "Tool": "values.tool",
    "TraefikGateway": "providers.traefik.gateway",
    "TraefikGatewayOptions": "providers.traefik.options",
    "TraefikIngressGateway": "providers.traefik.ingress",
    "UNLIMITED": "values.resources",
    "UnsupportedError": "errors",
    "Url": "values.address",
    "UserName": "components.data.spec",
    "Worker": "workloads.microservice",
    "WorkerSpec": "workloads.spec",
    "WorkloadSpec": "values.workload",
    "ZONES": "values.placement",
    "admit": "components.api_gateway.capability",
    "allow": "core.allowances",
    "give": "core.place",
    "local_files": "providers.native.configuration",
    "route_facts": "components.api_gateway.targets",
}
_WITHOUT_NODE = (
    "components.api_gateway.auth",
    "components.api_gateway.base",
    "components.api_gateway.capability",
    "components.api_gateway.entry",
    "components.api_gateway.route",
    "components.api_gateway.spec",
    "components.api_gateway.tls",
    "components.api_gateway.traffic",
    "providers.existing.stores",
    "components.communication.spec",
    "components.data.store_spec",
    "components.data.technology",
    "components.data.spec",
    "core.connection",
    "core.contribution",
    "core.edges",
    "core.declared",
    "core.findings",
    "core.jobs",
    "core.made",
    "core.subject",
    "core.patch",
    "errors",
    "workloads.spec",
    "values.",
)
"""Homes of plain values: they load neither cdk8s nor Node."""

choose_node()


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not home.startswith(_WITHOUT_NODE):
        start_engine()
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

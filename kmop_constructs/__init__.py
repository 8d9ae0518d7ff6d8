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
    from kmop_constructs.components.api_gateway.apigee import (
        ApigeeEdge as ApigeeEdge,
    )
    from kmop_constructs.components.api_gateway.apigee import (
        ApigeeEdgeOptions as ApigeeEdgeOptions,
    )
    from kmop_constructs.components.api_gateway.apigee import (
        ApigeeEndpoint as ApigeeEndpoint,
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
    from kmop_constructs.components.api_gateway.emissary.entry import (
        EmissaryEntry as EmissaryEntry,
    )
    from kmop_constructs.components.api_gateway.emissary.entry import (
        EmissaryEntryOptions as EmissaryEntryOptions,
    )
    from kmop_constructs.components.api_gateway.emissary.provider import (
        EmissaryGateway as EmissaryGateway,
    )
    from kmop_constructs.components.api_gateway.emissary.provider import (
        EmissaryGatewayOptions as EmissaryGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.entry import (
        ExistingEntry as ExistingEntry,
    )
    from kmop_constructs.components.api_gateway.entry import (
        Listener as Listener,
    )
    from kmop_constructs.components.api_gateway.envoy_gateway.entry import (
        EnvoyEntry as EnvoyEntry,
    )
    from kmop_constructs.components.api_gateway.envoy_gateway.entry import (
        EnvoyEntryOptions as EnvoyEntryOptions,
    )
    from kmop_constructs.components.api_gateway.envoy_gateway.provider import (
        EnvoyGateway as EnvoyGateway,
    )
    from kmop_constructs.components.api_gateway.envoy_gateway.provider import (
        EnvoyGatewayOptions as EnvoyGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.gateway_api.entry import (
        GatewayApiEntry as GatewayApiEntry,
    )
    from kmop_constructs.components.api_gateway.gateway_api.entry import (
        GatewayApiEntryOptions as GatewayApiEntryOptions,
    )
    from kmop_constructs.components.api_gateway.gateway_api.provider import (
        GatewayApi as GatewayApi,
    )
    from kmop_constructs.components.api_gateway.gateway_api.provider import (
        GatewayApiOptions as GatewayApiOptions,
    )
    from kmop_constructs.components.api_gateway.haproxy.provider import (
        HaproxyGateway as HaproxyGateway,
    )
    from kmop_constructs.components.api_gateway.haproxy.provider import (
        HaproxyGatewayOptions as HaproxyGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.ingress_nginx.provider import (
        IngressNginxGateway as IngressNginxGateway,
    )
    from kmop_constructs.components.api_gateway.ingress_nginx.provider import (
        IngressNginxGatewayOptions as IngressNginxGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.istio.entry import (
        IstioEntry as IstioEntry,
    )
    from kmop_constructs.components.api_gateway.istio.entry import (
        IstioEntryOptions as IstioEntryOptions,
    )
    from kmop_constructs.components.api_gateway.istio.provider import (
        IstioGateway as IstioGateway,
    )
    from kmop_constructs.components.api_gateway.istio.provider import (
        IstioGatewayOptions as IstioGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.kong.entry import (
        KongEntry as KongEntry,
    )
    from kmop_constructs.components.api_gateway.kong.entry import (
        KongEntryOptions as KongEntryOptions,
    )
    from kmop_constructs.components.api_gateway.kong.provider import (
        KongGateway as KongGateway,
    )
    from kmop_constructs.components.api_gateway.kong.provider import (
        KongGatewayOptions as KongGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.native import (
        NativeGateway as NativeGateway,
    )
    from kmop_constructs.components.api_gateway.native import (
        NativeGatewayOptions as NativeGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.nginx.entry import (
        NginxEntry as NginxEntry,
    )
    from kmop_constructs.components.api_gateway.nginx.entry import (
        NginxEntryOptions as NginxEntryOptions,
    )
    from kmop_constructs.components.api_gateway.nginx.provider import (
        NginxGateway as NginxGateway,
    )
    from kmop_constructs.components.api_gateway.nginx.provider import (
        NginxGatewayOptions as NginxGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.oauth2_proxy import (
        OAuth2Proxy as OAuth2Proxy,
    )
    from kmop_constructs.components.api_gateway.oauth2_proxy import (
        OAuth2ProxyOptions as OAuth2ProxyOptions,
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
    from kmop_constructs.components.api_gateway.spring.cloud_gateway import (
        SpringCloudGateway as SpringCloudGateway,
    )
    from kmop_constructs.components.api_gateway.spring.cloud_gateway import (
        SpringCloudGatewayOptions as SpringCloudGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.spring.routes import (
        EdgeRoute as EdgeRoute,
    )
    from kmop_constructs.components.api_gateway.spring.routes import (
        RouteCircuitBreaker as RouteCircuitBreaker,
    )
    from kmop_constructs.components.api_gateway.spring.routes import (
        RouteRetry as RouteRetry,
    )
    from kmop_constructs.components.api_gateway.spring.routes import (
        RouteRewrite as RouteRewrite,
    )
    from kmop_constructs.components.api_gateway.spring.routes import (
        RouteWeight as RouteWeight,
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
    from kmop_constructs.components.api_gateway.traefik.ingress import (
        TraefikIngressGateway as TraefikIngressGateway,
    )
    from kmop_constructs.components.api_gateway.traefik.options import (
        TraefikGatewayOptions as TraefikGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.traefik.provider import (
        TraefikGateway as TraefikGateway,
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
    from kmop_constructs.components.configuration.native import (
        ExistingConfig as ExistingConfig,
    )
    from kmop_constructs.components.configuration.native import (
        ExistingSecret as ExistingSecret,
    )
    from kmop_constructs.components.configuration.native import (
        NativeConfig as NativeConfig,
    )
    from kmop_constructs.components.configuration.native import (
        NativeSecret as NativeSecret,
    )
    from kmop_constructs.components.configuration.native import (
        local_files as local_files,
    )
    from kmop_constructs.components.containerization.native import (
        NativePullSecret as NativePullSecret,
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
    from kmop_constructs.components.data.existing import (
        ExistingElasticsearch as ExistingElasticsearch,
    )
    from kmop_constructs.components.data.existing import (
        ExistingMongo as ExistingMongo,
    )
    from kmop_constructs.components.data.existing import (
        ExistingMySql as ExistingMySql,
    )
    from kmop_constructs.components.data.existing import (
        ExistingPostgres as ExistingPostgres,
    )
    from kmop_constructs.components.data.existing import (
        ExistingRabbitMq as ExistingRabbitMq,
    )
    from kmop_constructs.components.data.existing import (
        ExistingRedis as ExistingRedis,
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
    from kmop_constructs.components.security.native import (
        NativeNamespace as NativeNamespace,
    )
    from kmop_constructs.components.security.native import (
        Quota as Quota,
    )
    from kmop_constructs.components.service_discovery.native import (
        NativeExternalName as NativeExternalName,
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
    from kmop_constructs.microservice.microservice import (
        Microservice as Microservice,
    )
    from kmop_constructs.microservice.microservice import (
        Worker as Worker,
    )
    from kmop_constructs.microservice.plan import (
        Plan as Plan,
    )
    from kmop_constructs.microservice.platform import (
        Platform as Platform,
    )
    from kmop_constructs.microservice.spec import (
        ServiceSpec as ServiceSpec,
    )
    from kmop_constructs.microservice.spec import (
        WorkerSpec as WorkerSpec,
    )
    from kmop_constructs.microservice.stateful import (
        StatefulService as StatefulService,
    )
    from kmop_constructs.microservice.stateful import (
        StatefulSpec as StatefulSpec,
    )
    from kmop_constructs.microservice.stores import (
        Elasticsearch as Elasticsearch,
    )
    from kmop_constructs.microservice.stores import (
        Mongo as Mongo,
    )
    from kmop_constructs.microservice.stores import (
        MySql as MySql,
    )
    from kmop_constructs.microservice.stores import (
        Postgres as Postgres,
    )
    from kmop_constructs.microservice.stores import (
        RabbitMq as RabbitMq,
    )
    from kmop_constructs.microservice.stores import (
        Redis as Redis,
    )
    from kmop_constructs.microservice.task import (
        ScheduledTask as ScheduledTask,
    )
    from kmop_constructs.microservice.task import (
        ScheduledTaskSpec as ScheduledTaskSpec,
    )
    from kmop_constructs.microservice.task import (
        Task as Task,
    )
    from kmop_constructs.microservice.task import (
        TaskSpec as TaskSpec,
    )
    from kmop_constructs.providers.existing.stores import (
        ExistingStoreProvider as ExistingStoreProvider,
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
    "ApigeeEdge": "components.api_gateway.apigee",
    "ApigeeEdgeOptions": "components.api_gateway.apigee",
    "ApigeeEndpoint": "components.api_gateway.apigee",
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
    "EdgeRoute": "components.api_gateway.spring.routes",
    "Elasticsearch": "microservice.stores",
    "ElasticsearchSpec": "components.data.store_spec",
    "EmissaryEntry": "components.api_gateway.emissary.entry",
    "EmissaryEntryOptions": "components.api_gateway.emissary.entry",
    "EmissaryGateway": "components.api_gateway.emissary.provider",
    "EmissaryGatewayOptions": "components.api_gateway.emissary.provider",
    "EmptyDir": "values.volumes",
    "EngineError": "errors",
    "EnvoyEntry": "components.api_gateway.envoy_gateway.entry",
    "EnvoyEntryOptions": "components.api_gateway.envoy_gateway.entry",
    "EnvoyGateway": "components.api_gateway.envoy_gateway.provider",
    "EnvoyGatewayOptions": "components.api_gateway.envoy_gateway.provider",
    "Exec": "values.probes",
    "ExistingConfig": "components.configuration.native",
    "ExistingElasticsearch": "components.data.existing",
    "ExistingEntry": "components.api_gateway.entry",
    "ExistingMongo": "components.data.existing",
    "ExistingMySql": "components.data.existing",
    "ExistingPostgres": "components.data.existing",
    "ExistingRabbitMq": "components.data.existing",
    "ExistingRedis": "components.data.existing",
    "ExistingSecret": "components.configuration.native",
    "ExistingService": "core.edges",
    "ExistingStoreProvider": "providers.existing.stores",
    "Exposure": "components.api_gateway.spec",
    "ExternalHost": "core.edges",
    "FileTemplate": "values.files",
    "Finding": "core.findings",
    "Forward": "core.declared",
    "GUESSED": "values.resources",
    "Gateway": "components.api_gateway.base",
    "GatewayApi": "components.api_gateway.gateway_api.provider",
    "GatewayApiEntry": "components.api_gateway.gateway_api.entry",
    "GatewayApiEntryOptions": "components.api_gateway.gateway_api.entry",
    "GatewayApiOptions": "components.api_gateway.gateway_api.provider",
    "GatewayFactory": "components.api_gateway.base",
    "GrpcCheck": "values.probes",
    "HOSTS": "values.placement",
    "HaproxyGateway": "components.api_gateway.haproxy.provider",
    "HaproxyGatewayOptions": "components.api_gateway.haproxy.provider",
    "HeadlessService": "values.service",
    "Health": "values.probes",
    "Hooks": "values.hooks",
    "Host": "values.address",
    "HostPort": "values.address",
    "Hsts": "components.api_gateway.tls",
    "HttpGet": "values.probes",
    "Identity": "values.workload",
    "Image": "values.image",
    "IngressNginxGateway": "components.api_gateway.ingress_nginx.provider",
    "IngressNginxGatewayOptions": "components.api_gateway.ingress_nginx.provider",
    "Inlet": "core.declared",
    "InlineSecret": "values.secret",
    "Intent": "core.jobs",
    "IstioEntry": "components.api_gateway.istio.entry",
    "IstioEntryOptions": "components.api_gateway.istio.entry",
    "IstioGateway": "components.api_gateway.istio.provider",
    "IstioGatewayOptions": "components.api_gateway.istio.provider",
    "Job": "values.tool",
    "Jwt": "components.api_gateway.auth",
    "Kind": "values.tool",
    "KmopChart": "core.chart",
    "KmopError": "errors",
    "KongEntry": "components.api_gateway.kong.entry",
    "KongEntryOptions": "components.api_gateway.kong.entry",
    "KongGateway": "components.api_gateway.kong.provider",
    "KongGatewayOptions": "components.api_gateway.kong.provider",
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
    "Microservice": "microservice.microservice",
    "Migration": "values.workload",
    "MinAvailable": "values.disruption",
    "Mongo": "microservice.stores",
    "MongoSpec": "components.data.store_spec",
    "Mount": "values.volumes",
    "Move": "core.patch",
    "MutualTls": "components.api_gateway.tls",
    "MySql": "microservice.stores",
    "MySqlSpec": "components.data.store_spec",
    "NO_BUDGET": "values.disruption",
    "NO_PROBE": "values.probes",
    "NamedPort": "core.subject",
    "NativeConfig": "components.configuration.native",
    "NativeDataOptions": "providers.native.data.store",
    "NativeElasticsearch": "providers.native.data.elasticsearch",
    "NativeElasticsearchProvider": "providers.native.data.elasticsearch",
    "NativeExternalName": "components.service_discovery.native",
    "NativeGateway": "components.api_gateway.native",
    "NativeGatewayOptions": "components.api_gateway.native",
    "NativeMongo": "providers.native.data.mongo",
    "NativeMongoProvider": "providers.native.data.mongo",
    "NativeMySql": "providers.native.data.mysql",
    "NativeMySqlProvider": "providers.native.data.mysql",
    "NativeNamespace": "components.security.native",
    "NativePostgres": "providers.native.data.postgres",
    "NativePostgresProvider": "providers.native.data.postgres",
    "NativePullSecret": "components.containerization.native",
    "NativeRabbitMq": "providers.native.data.rabbitmq",
    "NativeRabbitMqProvider": "providers.native.data.rabbitmq",
    "NativeRedis": "providers.native.data.redis",
    "NativeRedisProvider": "providers.native.data.redis",
    "NativeSecret": "components.configuration.native",
    "NginxEntry": "components.api_gateway.nginx.entry",
    "NginxEntryOptions": "components.api_gateway.nginx.entry",
    "NginxGateway": "components.api_gateway.nginx.provider",
    "NginxGatewayOptions": "components.api_gateway.nginx.provider",
    "NodePort": "values.service",
    "OAuth2Proxy": "components.api_gateway.oauth2_proxy",
    "OAuth2ProxyOptions": "components.api_gateway.oauth2_proxy",
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
    "Plan": "microservice.plan",
    "Platform": "microservice.platform",
    "PodField": "values.env",
    "PodOwner": "core.subject",
    "Port": "values.ports",
    "PortNumber": "values.address",
    "Postgres": "microservice.stores",
    "PostgresSpec": "components.data.store_spec",
    "Prefix": "components.data.spec",
    "ProbeTiming": "values.probes",
    "Projected": "values.files",
    "Provider": "core.jobs",
    "Provision": "components.data.store_spec",
    "Quota": "components.security.native",
    "RabbitMq": "microservice.stores",
    "RabbitMqSpec": "components.data.store_spec",
    "RateLimit": "components.api_gateway.traffic",
    "Recreate": "values.rollout",
    "Redirect": "components.api_gateway.route",
    "Redis": "microservice.stores",
    "RedisSpec": "components.data.store_spec",
    "Remove": "core.patch",
    "Replace": "core.patch",
    "Replicas": "values.scaling",
    "Request": "core.connection",
    "Resilience": "core.connection",
    "Resources": "values.resources",
    "Retry": "components.api_gateway.traffic",
    "RollingUpdate": "values.rollout",
    "RouteCircuitBreaker": "components.api_gateway.spring.routes",
    "RouteRetry": "components.api_gateway.spring.routes",
    "RouteRewrite": "components.api_gateway.spring.routes",
    "RouteWeight": "components.api_gateway.spring.routes",
    "Rule": "checks.rule",
    "ScalingPace": "values.scaling",
    "Schedule": "values.schedule",
    "ScheduledTask": "microservice.task",
    "ScheduledTaskSpec": "microservice.task",
    "SecretDirectory": "values.files",
    "SecretEnv": "values.env",
    "SecretKey": "values.env",
    "Security": "values.security",
    "Service": "values.service",
    "ServiceFacts": "core.subject",
    "ServiceRef": "core.edges",
    "ServiceSpec": "microservice.spec",
    "Share": "components.api_gateway.route",
    "Shutdown": "values.shutdown",
    "Size": "values.quantity",
    "SpecError": "errors",
    "Spread": "values.placement",
    "SpringCloudGateway": "components.api_gateway.spring.cloud_gateway",
    "SpringCloudGatewayOptions": "components.api_gateway.spring.cloud_gateway",
    "StatefulService": "microservice.stateful",
    "StatefulSpec": "microservice.stateful",
    "StickyCookie": "components.api_gateway.traffic",
    "Store": "components.data.connection",
    "StoreNames": "components.data.base",
    "StoreProvider": "components.data.base",
    "Subject": "core.subject",
    "Supports": "components.api_gateway.capability",
    "Synthesis": "core.reading",
    "Task": "microservice.task",
    "TaskSpec": "microservice.task",
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
    "TraefikGateway": "components.api_gateway.traefik.provider",
    "TraefikGatewayOptions": "components.api_gateway.traefik.options",
    "TraefikIngressGateway": "components.api_gateway.traefik.ingress",
    "UNLIMITED": "values.resources",
    "UnsupportedError": "errors",
    "Url": "values.address",
    "UserName": "components.data.spec",
    "Worker": "microservice.microservice",
    "WorkerSpec": "microservice.spec",
    "WorkloadSpec": "values.workload",
    "ZONES": "values.placement",
    "admit": "components.api_gateway.capability",
    "allow": "core.allowances",
    "give": "core.place",
    "local_files": "components.configuration.native",
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
    "components.data.existing",
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
    "microservice.spec",
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

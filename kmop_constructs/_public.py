"""The names of the package itself; those of tools are in their rooms, and those of authors and of details in modules of their own."""

from collections.abc import Iterable, Mapping

__all__ = ["AUTHORS", "MODULES", "NAMES", "needs_engine"]

MODULES = (
    "authors",
    "exposure",
    "messaging",
    "outputs",
    "patch",
    "placement",
    "scaling",
    "stores",
    "testing",
    "variables",
)
"""The public modules beside the package itself and the rooms of tools."""

_VALUES: Mapping[str, str] = {
    "components.api_gateway.route": "PathRoute",
    "components.api_gateway.spec": "Exposure",
    "components.api_gateway.tls": "Tls",
    "components.configuration.spec": "Generated Leased RemoteKey",
    "components.configuration.retry": "NO_RETRY SpringRetry",
    "components.data.spec": "Credentials",
    "components.data.backup": "Backup",
    "components.data.store_spec": "ElasticsearchSpec MongoSpec MySqlSpec PostgresSpec Provision RabbitMqSpec RedisSpec",
    "core.connection": "Request Resilience",
    "core.edges": "ExistingService ExternalHost ServiceRef",
    "errors": "CheckError ConflictError EngineError KmopError SpecError UnsupportedError",
    "values.cloud_identity": "CloudIdentity",
    "values.certificate": "ServerTls ServiceCertificate",
    "values.cluster": "KubernetesVersion Operator Peers",
    "values.container": "Container Migration",
    "values.disruption": "NO_BUDGET MaxUnavailable MinAvailable",
    "values.dns": "Dns",
    "values.env": "ConfigKey ConfigMapEnv ContainerField PodField SecretEnv SecretKey",
    "values.files": "ConfigDirectory FileTemplate LocalFile Projected SecretDirectory Text",
    "values.hooks": "Hooks",
    "values.image": "Image",
    "values.metrics": "Metrics",
    "values.placement": "Placement",
    "values.pods": "Addresses Pods",
    "values.ports": "Port",
    "values.probes": "NO_PROBE Exec GrpcCheck Health HttpGet ProbeTiming TcpSocket",
    "values.quantity": "Cpu Size",
    "values.resources": "GUESSED UNLIMITED Resources",
    "values.rollout": "NodeUpdate OrderedUpdate Recreate RollingUpdate",
    "values.scaling": "Autoscaling ContainerTarget Replicas ScalingPace",
    "values.schedule": "Schedule",
    "values.secret": "InlineSecret",
    "values.security": "Account ClusterPermission Permission Security",
    "values.service": "HeadlessService LoadBalancer NodePort Service",
    "values.shutdown": "Shutdown",
    "values.volumes": "Claim ClaimTemplate EmptyDir HostPath Mount",
    "values.workload": "Identity WorkloadSpec",
    "workloads.spec": "ServiceSpec WorkerSpec",
}
"""Public names by module: values, which load neither cdk8s nor Node.js."""

_CONSTRUCTS: Mapping[str, str] = {
    "core.allowances": "allow",
    "core.chart": "KmopChart",
    "core.manifest": "Manifest",
    "providers.native.configuration": "ExistingConfig ExistingSecret NativeConfig NativeSecret local_files",
    "providers.native.security": "NativeNamespace Quota",
    "workloads.microservice": "Microservice Worker",
    "workloads.node_agent": "NodeAgent NodeAgentSpec",
    "workloads.plan": "Plan",
    "workloads.platform": "Platform",
    "workloads.secrets": "RemoteSecrets",
    "workloads.stateful": "StatefulService StatefulSpec",
    "workloads.stores": "Elasticsearch Mongo MySql Postgres RabbitMq Redis",
    "workloads.task": "ScheduledTask ScheduledTaskSpec Task TaskSpec",
}
"""Public names by module: what the engine below cdk8s runs for."""


_AUTHORS: Mapping[str, str] = {
    "checks.rule": "Rule",
    "components.api_gateway.base": "Gateway GatewayFactory",
    "components.api_gateway.capability": "Supports admit",
    "components.api_gateway.identity": "forged_headers",
    "components.api_gateway.targets": "route_facts",
    "components.communication.spec": "Closed",
    "components.configuration.base": "SecretsFactory SecretsSupport admit_secrets",
    "components.configuration.spec": "RemoteSecretsSpec SecretOrigin",
    "components.data.as_drawn": "AsDrawn",
    "components.data.base": "StoreNames StoreProvider",
    "components.fault_tolerance.features": "ScalingSupport admit_scaling",
    "components.fault_tolerance.spec": "WorkScaling",
    "components.security.identity": "Granted IdentityProvider name_by_pattern",
    "components.security.base": "CertificateProvider",
    "components.data.connection": "Store",
    "components.data.technology": "Technology",
    "components.data.uses": "MadeForStore",
    "core.broker": "GroupOfTopic UsesBroker",
    "core.capability": "Can Cannot",
    "core.connection": "Connection ToHost ToNode ToService",
    "core.contribution": "Contribution Edge",
    "core.edges": "Call",
    "core.declared": "Forward Inlet Observer",
    "errors": "Finding",
    "core.jobs": "Drawn Intent Provider",
    "core.made": "MakesPods MakesSecret MakesService WritesRemote",
    "core.manifest": "Deferred",
    "core.place": "give",
    "core.reading": "Synthesis",
    "core.reload": "ReloadProvider",
    "core.subject": "NamedPort PodOwner ServiceFacts Subject",
    "values.certificate": "CertificateNames HeldCertificate",
    "values.cluster": "ClusterIdentity",
    "values.pods": "Peer",
    "values.tool": "Dotted Job Kind Tool",
}
"""The names of `kmop_constructs.authors` by module."""


def _named(names: Mapping[str, str]) -> Iterable[str]:
    return (f"kmop_constructs.{module}:{name}" for module, several in names.items() for name in several.split())


AUTHORS = tuple(_named(_AUTHORS))
"""The dotted names of `kmop_constructs.authors`."""

NAMES = (*_named(_VALUES), *_named(_CONSTRUCTS))
"""The dotted name of everything that is public here."""


def needs_engine(module: str) -> bool:
    """Whether a module of public names loads cdk8s."""
    return module.removeprefix("kmop_constructs.") in _CONSTRUCTS

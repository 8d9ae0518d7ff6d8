"""Plain Kubernetes: how the library loads and names its providers."""

from kmop_constructs.values.tool import Tool

__all__ = ["TOOL"]

_ROOM = "kmop_constructs.providers.native"

TOOL = Tool(
    "kubernetes",
    title="Kubernetes",
    provides={
        "account": (f"{_ROOM}.security:NativeAccount",),
        "autoscaler": (f"{_ROOM}.fault_tolerance:NativeAutoscaler",),
        "budget": (f"{_ROOM}.fault_tolerance:NativeBudget",),
        "certificates": (f"{_ROOM}.certificates:NativeCertificates",),
        "discovery": (f"{_ROOM}.service_discovery:NativeDiscovery",),
        "gateway": (f"{_ROOM}.api_gateway:NativeGateway",),
        "load_balancer": (f"{_ROOM}.load_balancer:NativeLoadBalancer",),
        "network": (f"{_ROOM}.communication:NativeNetwork",),
        "permissions": (f"{_ROOM}.security:NativePermissions",),
        "cluster_permissions": (f"{_ROOM}.security:NativeClusterPermissions",),
        "workload": (f"{_ROOM}.orchestration:NativeDeployment",),
        "elasticsearch": (f"{_ROOM}.data.elasticsearch:NativeElasticsearchProvider",),
        "etcd": (f"{_ROOM}.data.etcd:NativeEtcdProvider",),
        "kafka": (f"{_ROOM}.data.kafka:NativeKafkaProvider",),
        "mongo": (f"{_ROOM}.data.mongo:NativeMongoProvider",),
        "mysql": (f"{_ROOM}.data.mysql:NativeMySqlProvider",),
        "outbox": (f"{_ROOM}.data.outbox:DebeziumServer",),
        "postgres": (f"{_ROOM}.data.postgres:NativePostgresProvider",),
        "rabbitmq": (f"{_ROOM}.data.rabbitmq:NativeRabbitMqProvider",),
        "secrets": (f"{_ROOM}.secrets:NativeSecrets",),
        "redis": (f"{_ROOM}.data.redis:NativeRedisProvider",),
    },
    exports=(
        f"{_ROOM}.api_gateway:NativeGatewayOptions",
        f"{_ROOM}.containerization:NativePullSecret",
        f"{_ROOM}.data.store:NativeDataOptions",
        f"{_ROOM}.identity:NativeIdentity",
        f"{_ROOM}.service_discovery:NativeExternalName",
        f"{_ROOM}.data.elasticsearch:NativeElasticsearch",
        f"{_ROOM}.data.etcd:NativeEtcd",
        f"{_ROOM}.data.mongo:NativeMongo",
        f"{_ROOM}.data.mysql:NativeMySql",
        f"{_ROOM}.data.postgres:NativePostgres",
        f"{_ROOM}.data.rabbitmq:NativeRabbitMq",
        f"{_ROOM}.data.redis:NativeRedis",
    ),
)
"""The tool."""

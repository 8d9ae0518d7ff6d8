# Written by `python -m tools.public_api`.

from kmop_constructs.providers.native.api_gateway import NativeGateway as NativeGateway
from kmop_constructs.providers.native.api_gateway import NativeGatewayOptions as NativeGatewayOptions
from kmop_constructs.providers.native.certificates import NativeCertificates as NativeCertificates
from kmop_constructs.providers.native.communication import NativeNetwork as NativeNetwork
from kmop_constructs.providers.native.containerization import NativePullSecret as NativePullSecret
from kmop_constructs.providers.native.data.elasticsearch import NativeElasticsearch as NativeElasticsearch
from kmop_constructs.providers.native.data.elasticsearch import NativeElasticsearchProvider as NativeElasticsearchProvider
from kmop_constructs.providers.native.data.etcd import NativeEtcd as NativeEtcd
from kmop_constructs.providers.native.data.etcd import NativeEtcdProvider as NativeEtcdProvider
from kmop_constructs.providers.native.data.kafka import NativeKafkaProvider as NativeKafkaProvider
from kmop_constructs.providers.native.data.mongo import NativeMongo as NativeMongo
from kmop_constructs.providers.native.data.mongo import NativeMongoProvider as NativeMongoProvider
from kmop_constructs.providers.native.data.mysql import NativeMySql as NativeMySql
from kmop_constructs.providers.native.data.mysql import NativeMySqlProvider as NativeMySqlProvider
from kmop_constructs.providers.native.data.outbox import DebeziumServer as DebeziumServer
from kmop_constructs.providers.native.data.postgres import NativePostgres as NativePostgres
from kmop_constructs.providers.native.data.postgres import NativePostgresProvider as NativePostgresProvider
from kmop_constructs.providers.native.data.rabbitmq import NativeRabbitMq as NativeRabbitMq
from kmop_constructs.providers.native.data.rabbitmq import NativeRabbitMqProvider as NativeRabbitMqProvider
from kmop_constructs.providers.native.data.redis import NativeRedis as NativeRedis
from kmop_constructs.providers.native.data.redis import NativeRedisProvider as NativeRedisProvider
from kmop_constructs.providers.native.data.store import NativeDataOptions as NativeDataOptions
from kmop_constructs.providers.native.fault_tolerance import NativeAutoscaler as NativeAutoscaler
from kmop_constructs.providers.native.fault_tolerance import NativeBudget as NativeBudget
from kmop_constructs.providers.native.identity import NativeIdentity as NativeIdentity
from kmop_constructs.providers.native.load_balancer import NativeLoadBalancer as NativeLoadBalancer
from kmop_constructs.providers.native.orchestration import NativeDeployment as NativeDeployment
from kmop_constructs.providers.native.secrets import NativeSecrets as NativeSecrets
from kmop_constructs.providers.native.security import NativeAccount as NativeAccount
from kmop_constructs.providers.native.security import NativeClusterPermissions as NativeClusterPermissions
from kmop_constructs.providers.native.security import NativePermissions as NativePermissions
from kmop_constructs.providers.native.service_discovery import NativeDiscovery as NativeDiscovery
from kmop_constructs.providers.native.service_discovery import NativeExternalName as NativeExternalName

__all__: list[str] = ["DebeziumServer", "NativeAccount", "NativeAutoscaler", "NativeBudget", "NativeCertificates", "NativeClusterPermissions", "NativeDataOptions", "NativeDeployment", "NativeDiscovery", "NativeElasticsearch", "NativeElasticsearchProvider", "NativeEtcd", "NativeEtcdProvider", "NativeExternalName", "NativeGateway", "NativeGatewayOptions", "NativeIdentity", "NativeKafkaProvider", "NativeLoadBalancer", "NativeMongo", "NativeMongoProvider", "NativeMySql", "NativeMySqlProvider", "NativeNetwork", "NativePermissions", "NativePostgres", "NativePostgresProvider", "NativePullSecret", "NativeRabbitMq", "NativeRabbitMqProvider", "NativeRedis", "NativeRedisProvider", "NativeSecrets"]

# Written by `python -m tools.public_api`.

from kmop_constructs.components.data.kafka.existing import ExistingKafka as ExistingKafka
from kmop_constructs.components.data.kafka.existing import ExistingTopic as ExistingTopic
from kmop_constructs.components.data.rabbitmq.existing import ExistingExchange as ExistingExchange
from kmop_constructs.components.data.rabbitmq.existing import ExistingQueue as ExistingQueue
from kmop_constructs.providers.existing.provider import ExistingStoreProvider as ExistingStoreProvider
from kmop_constructs.providers.existing.stores import ExistingElasticsearch as ExistingElasticsearch
from kmop_constructs.providers.existing.stores import ExistingMongo as ExistingMongo
from kmop_constructs.providers.existing.stores import ExistingMySql as ExistingMySql
from kmop_constructs.providers.existing.stores import ExistingPostgres as ExistingPostgres
from kmop_constructs.providers.existing.stores import ExistingRabbitMq as ExistingRabbitMq
from kmop_constructs.providers.existing.stores import ExistingRedis as ExistingRedis

__all__: list[str] = ["ExistingElasticsearch", "ExistingExchange", "ExistingKafka", "ExistingMongo", "ExistingMySql", "ExistingPostgres", "ExistingQueue", "ExistingRabbitMq", "ExistingRedis", "ExistingStoreProvider", "ExistingTopic"]

# Written by `python -m tools.public_api`.

from kmop_constructs.providers.kubedb.elasticsearch import KubeDbElasticsearch as KubeDbElasticsearch
from kmop_constructs.providers.kubedb.mariadb import KubeDbMariaDb as KubeDbMariaDb
from kmop_constructs.providers.kubedb.mongo import KubeDbMongo as KubeDbMongo
from kmop_constructs.providers.kubedb.mysql import KubeDbMySql as KubeDbMySql
from kmop_constructs.providers.kubedb.options import KubeDbMonitor as KubeDbMonitor
from kmop_constructs.providers.kubedb.options import KubeDbTls as KubeDbTls
from kmop_constructs.providers.kubedb.postgres import KubeDbPostgres as KubeDbPostgres
from kmop_constructs.providers.kubedb.redis import KubeDbRedis as KubeDbRedis

__all__: list[str] = ["KubeDbElasticsearch", "KubeDbMariaDb", "KubeDbMongo", "KubeDbMonitor", "KubeDbMySql", "KubeDbPostgres", "KubeDbRedis", "KubeDbTls"]

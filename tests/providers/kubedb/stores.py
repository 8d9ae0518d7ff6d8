"""Platforms with KubeDB, for the tests of the room."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    Image,
    KmopChart,
    Mongo,
    MongoSpec,
    MySql,
    MySqlSpec,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Redis,
    RedisSpec,
    Resources,
    Size,
    WorkerSpec,
)
from kmop_constructs.providers.kubedb import (
    KubeDbElasticsearch,
    KubeDbMariaDb,
    KubeDbMongo,
    KubeDbMySql,
    KubeDbPostgres,
    KubeDbRedis,
    KubeDbTls,
)
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

from cdk8s import App

IMAGE = Image("ghcr.io/acme/shop:1.4.2")
WORKER = WorkerSpec(image=IMAGE, resources=Resources.of("100m", "128Mi"))
PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("1", "4Gi"))
TLS = KubeDbTls("internal-ca")
KINDS = ("Postgres", "MySQL", "MariaDB", "MongoDB", "Redis", "Elasticsearch")


def login(user: str) -> Credentials:
    return Credentials(user=user, password=ExistingSecret(f"{user}-login").key("password"))


SPECS: dict[str, Any] = {
    "Postgres": PostgresSpec(version="17.9", database="orders", credentials=login("orders")),
    "MySQL": MySqlSpec(version="8.4.8", database="orders", credentials=login("orders")),
    "MariaDB": MySqlSpec(version="11.8.5", database="orders", credentials=login("orders")),
    "MongoDB": MongoSpec(version="8.0.17", database="orders", credentials=login("orders")),
    "Redis": RedisSpec(version="8.2.2", password=login("redis").password, keeps_data=True),
    "Elasticsearch": ElasticsearchSpec(version="9.2.3"),
}
FRONTS: dict[str, Any] = {
    "Postgres": Postgres,
    "MySQL": MySql,
    "MariaDB": MySql,
    "MongoDB": Mongo,
    "Redis": Redis,
    "Elasticsearch": Elasticsearch,
}
PROVIDERS: dict[str, Any] = {
    "Postgres": ("postgres", KubeDbPostgres),
    "MySQL": ("mysql", KubeDbMySql),
    "MariaDB": ("mysql", KubeDbMariaDb),
    "MongoDB": ("mongo", KubeDbMongo),
    "Redis": ("redis", KubeDbRedis),
    "Elasticsearch": ("elasticsearch", KubeDbElasticsearch),
}
CONTAINERS = {
    "Postgres": "postgres",
    "MySQL": "mysql",
    "MariaDB": "mariadb",
    "MongoDB": "mongodb",
    "Redis": "redis",
    "Elasticsearch": "elasticsearch",
}


def provision(**more: Any) -> Provision:
    return PROVISION.overridden(Provision(**more))


def platform(kind: str, provided: Provision = PROVISION, given: dict[str, Any] | None = None, **more: Any) -> Platform:
    """A platform with KubeDB for one kind. `given` are arguments of the provider."""
    job, provider = PROVIDERS[kind]
    own = {"licence": "enterprise", **({"superuser": True} if kind == "Elasticsearch" else {}), **(given or {})}
    return Platform(**{job: provider(provision=provided, **own)}, **more)


def shop(
    app: App, kind: str, provided: Provision = PROVISION, given: dict[str, Any] | None = None, **more: Any
) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=platform(kind, provided, given, **more))


def store(chart: KmopChart, kind: str, spec: Any = None, **more: Any) -> Any:
    return FRONTS[kind](chart, "orders-db", SPECS[kind] if spec is None else spec, **more)


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def resource(app: App, kind: str, name: str = "orders-db") -> dict[str, Any]:
    """The spec of a resource of KubeDB."""
    return drawn(app).one(kind, name)["spec"]


def container(app: App, kind: str) -> dict[str, Any]:
    (found,) = resource(app, kind)["podTemplate"]["spec"]["containers"]
    return found


def shown(variables: list[dict[str, Any]]) -> dict[str, str]:
    """Variables by name; a reference as ``secret/key``."""

    def text(each: dict[str, Any]) -> str:
        key = each.get("valueFrom", {}).get("secretKeyRef")
        return f"{key['name']}/{key['key']}" if key else each["value"]

    return {each["name"]: text(each) for each in variables}


def env(result: Synthesized, name: str) -> dict[str, str]:
    """The variables of a Deployment."""
    return shown(result.one("Deployment", name)["spec"]["template"]["spec"]["containers"][0]["env"])


def rules(result: Synthesized, policy: str, side: str = "ingress") -> list[tuple[list[int], list[dict[str, Any]]]]:
    found = result.one("NetworkPolicy", policy)["spec"].get(side, [])
    return [([port["port"] for port in rule.get("ports", [])], rule.get("from", rule.get("to", []))) for rule in found]


def labels(kind: str, name: str = "orders-db") -> dict[str, str]:
    """The labels by which KubeDB selects the pods of a database."""
    plural = {
        "Postgres": "postgreses",
        "MySQL": "mysqls",
        "MariaDB": "mariadbs",
        "MongoDB": "mongodbs",
        "Redis": "redises",
        "RedisSentinel": "redissentinels",
        "Elasticsearch": "elasticsearches",
    }[kind]
    return {
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/managed-by": "kubedb.com",
        "app.kubernetes.io/name": f"{plural}.kubedb.com",
    }

"""Orders as events: what a service decides is a record for ever, and what others read is made from these records.

One service takes orders and writes an outbox, two projections make views, another service answers questions. `PLATFORM` has everything
in native pods, for staging; apps/orders_operators.py has the platform of production. The page is docs/apps/orders.md.
"""

from __future__ import annotations

from kmop_constructs import (
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    Exposure,
    Image,
    KmopChart,
    Microservice,
    Migration,
    NativeNamespace,
    Peers,
    Platform,
    Pods,
    Postgres,
    PostgresSpec,
    Provision,
    Resources,
    ServiceSpec,
    Size,
    WorkerSpec,
)
from kmop_constructs.messaging import Forever, Kafka, KafkaSpec, Outbox, Projection, Topic
from kmop_constructs.providers.native import (
    DebeziumServer,
    NativeElasticsearchProvider,
    NativeKafkaProvider,
    NativePostgresProvider,
)
from kmop_constructs.scaling import EventScaling, TopicLag
from kmop_constructs.stores import DatabaseUser

from cdk8s import App

HOST = "orders.example.com"
PARTITIONS = 12
SMALL = Provision(storage=Size.gib(5), resources=Resources.of("250m", "1Gi"))
PLATFORM = Platform(
    peers=Peers(ingress_controller=Pods.of(namespace="ingress")),
    kafka=NativeKafkaProvider(provision=SMALL),
    postgres=NativePostgresProvider(provision=SMALL),
    elasticsearch=NativeElasticsearchProvider(provision=SMALL, leaves_out=("credentials",)),
    outbox=DebeziumServer(image=Image("quay.io/debezium/server:3.6.1.Final"), resources=Resources.of("100m", "512Mi")),
    accepts_missing={"event_scaling": "staging has no KEDA, and two pods of each view are enough there"},
)


def login(user: str) -> Credentials:
    """Return a login of which a Secret of somebody else has user and password."""
    secret = ExistingSecret(f"{user.replace('_', '-')}-login", keys=("username", "password"))
    return Credentials(user=user, password=secret.key("password"))


ORDERS_DB = PostgresSpec(
    version="17.6",
    database="orders",
    credentials=login("orders"),
    admin_password=login("orders-db-admin").password,
    settings={"wal_level": "logical"},
    users={"outbox": DatabaseUser(credentials=login("orders_reader"))},
)
HISTORY_DB = PostgresSpec(
    version="17.6",
    database="history",
    credentials=login("history"),
    admin_password=login("history-db-admin").password,
    users={"queries": DatabaseUser(credentials=login("history_reader"), roles=("history_readers",))},
)
SEARCH = ElasticsearchSpec(
    version="8.18.0",
    credentials=login("search"),
    indices=("orders-*",),
    password=login("search-admin").password,
)

SERVICE = Resources.of("100m", "256Mi")
ORDERS = ServiceSpec(
    image=Image("ghcr.io/acme/orders:3.2.0"),
    port=8080,
    health="/healthz",
    resources=SERVICE,
    # It makes the tables, the outbox among them, and grants their rights: GRANT SELECT ON outbox TO orders_reader.
    migration=Migration(command=("orders", "migrate")),
    exposure=Exposure(host=HOST, paths=("/orders",)),
)
QUERIES = ServiceSpec(
    image=Image("ghcr.io/acme/order-queries:1.9.1"),
    port=8080,
    health="/healthz",
    resources=SERVICE,
    exposure=Exposure(host=HOST, paths=("/history", "/search")),
)


def view(image: str) -> WorkerSpec:
    """Return what makes a view. Another pod starts for each thousand events that wait, up to one for each partition."""
    follows = EventScaling(max_replicas=PARTITIONS, triggers=(TopicLag("order-events", per_pod=1000),))
    return WorkerSpec(image=Image(image), resources=SERVICE, scaling=follows)


class Orders(KmopChart):
    def __init__(self, app: App, id: str = "orders", *, platform: Platform | None = None) -> None:
        super().__init__(app, id, namespace="orders", platform=platform or PLATFORM)
        NativeNamespace(self, "namespace")
        self.kafka = Kafka(self, "events", KafkaSpec(version="4.3.1", admin_password=login("events-admin").password))
        self.events = Topic(self, "order-events", self.kafka, partitions=PARTITIONS, keep=Forever(), key="order id")

        self.orders_db = Postgres(self, "orders-db", ORDERS_DB)
        self.orders = Microservice(self, "orders", ORDERS, uses=[self.orders_db.read_write()])
        self.outbox = Outbox(
            self,
            "orders-outbox",
            of=self.orders_db,
            table="outbox",
            to=self.events,
            credentials=login("orders-outbox"),
        )

        self.history = Projection(
            self,
            "order-history",
            view("ghcr.io/acme/order-history:2.4.0"),
            of=self.events,
            group="order-history",
            store=Postgres(self, "history-db", HISTORY_DB),
            credentials=login("order-history"),
        )
        self.search = Projection(
            self,
            "order-search",
            view("ghcr.io/acme/order-search:2.1.3"),
            of=self.events,
            group="order-search",
            store=Elasticsearch(self, "search", SEARCH),
            credentials=login("order-search"),
        )
        self.queries = Microservice(
            self,
            "order-queries",
            QUERIES,
            uses=[self.history.read_only(user="queries"), self.search.read_write()],
        )


def build(app: App, *, platform: Platform | None = None) -> Orders:
    return Orders(app, platform=platform)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

"""A shop and everything that it keeps data in: databases, a cache, search and a queue, each used by an edge.

The logins come from Secrets that a secret store makes, which this program only names. The reports read a database that
a cloud runs.
"""

from datetime import timedelta

from kmop_constructs import (
    Cpu,
    Credentials,
    ExistingSecret,
    ExternalHost,
    Image,
    KmopChart,
    Metrics,
    Microservice,
    NativeNamespace,
    Peers,
    Platform,
    Pods,
    Resources,
    Schedule,
    ScheduledTask,
    ScheduledTaskSpec,
    ServiceSpec,
    Size,
    Text,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.providers.existing import ExistingPostgres
from kmop_constructs.providers.native import (
    NativeDataOptions,
    NativeElasticsearch,
    NativeMongo,
    NativeMySql,
    NativePostgres,
    NativeRabbitMq,
    NativeRedis,
)
from kmop_constructs.variables import Password, Prefix, Template, UserName

from cdk8s import App

SHOP = Platform(peers=Peers(scraper=Pods.of(namespace="monitoring")))
ONE_NODE = "a demonstration of the native form; production has operators"


def resources(cpu: str, memory: str) -> Resources:
    return Resources(cpu=Cpu(cpu), memory=Size(memory))


class Databases(KmopChart):
    def __init__(self, app: App, id: str = "databases", *, platform: Platform | None = None) -> None:
        super().__init__(app, id, namespace="databases", platform=platform or SHOP)
        NativeNamespace(self, "namespace")
        orders_login = ExistingSecret("orders-db", keys=("username", "password", "admin-password"))
        self.orders_db = NativePostgres(
            self,
            "orders-db",
            image=Image("postgres:17.6"),
            storage=Size.gib(50),
            storage_class="fast",
            database="orders",
            credentials=Credentials.of(orders_login),
            admin_password=orders_login.key("admin-password"),
            resources=resources("500m", "2Gi"),
            settings={"max_connections": "200", "shared_buffers": "512MB"},
            options=NativeDataOptions(pod_annotations={"backup.velero.io/backup-volumes": "data"}),
        )
        catalog_login = ExistingSecret("catalog-db", keys=("username", "password", "admin-password"))
        self.catalog_db = NativeMySql(
            self,
            "catalog-db",
            image=Image("mysql:8.4.6"),
            storage=Size.gib(20),
            database="catalog",
            credentials=Credentials.of(catalog_login),
            admin_password=catalog_login.key("admin-password"),
            resources=resources("500m", "2Gi"),
            settings={"innodb-buffer-pool-size": "1G"},
            init_scripts={"10-schema.sql": Text("CREATE TABLE product (sku VARCHAR(64) PRIMARY KEY, name TEXT);\n")},
        )
        reviews_login = ExistingSecret("reviews-db", keys=("username", "password", "admin-password"))
        self.reviews_db = NativeMongo(
            self,
            "reviews-db",
            image=Image("mongo:8.0.13"),
            storage=Size.gib(20),
            database="reviews",
            credentials=Credentials.of(reviews_login),
            admin_password=reviews_login.key("admin-password"),
            resources=resources("500m", "2Gi"),
            settings={"wiredTigerCacheSizeGB": "1"},
        )
        self.sessions = NativeRedis(
            self,
            "sessions",
            image=Image("redis:7.4.5-alpine"),
            storage=None,
            password=ExistingSecret("sessions").key("password"),
            resources=resources("100m", "512Mi"),
        )
        self.search = NativeElasticsearch(
            self,
            "search",
            image=Image("docker.elastic.co/elasticsearch/elasticsearch:8.18.0"),
            storage=Size.gib(30),
            password=ExistingSecret("search").key("password"),
            resources=resources("1", "4Gi"),
        )
        self.events = NativeRabbitMq(
            self,
            "events",
            image=Image("rabbitmq:4.1.4-management"),
            storage=Size.gib(10),
            credentials=Credentials.of(ExistingSecret("events")),
            resources=resources("500m", "1Gi"),
            metrics=Metrics(),
        )
        stores = (self.orders_db, self.catalog_db, self.reviews_db, self.sessions, self.search, self.events)
        for store in stores:
            allow(store, "single-replica", reason=ONE_NODE)

        self.shop = Microservice(
            self,
            "shop",
            ServiceSpec(
                image=Image("ghcr.io/acme/shop:3.2.0"),
                port=8080,
                health="/healthz",
                resources=resources("250m", "512Mi"),
            ),
            uses=[
                self.orders_db.read_write(env=Prefix("DB")),
                self.catalog_db.read_write(
                    env=[
                        Template("SPRING_DATASOURCE_URL", "jdbc:mysql://{host}:{port}/{database}"),
                        UserName("SPRING_DATASOURCE_USERNAME"),
                        Password("SPRING_DATASOURCE_PASSWORD"),
                    ]
                ),
                self.reviews_db.read_write(env="REVIEWS_MONGODB_URI"),
                self.sessions.read_write(),
                self.search.read_write(),
                self.events.connect(),
            ],
        )
        self.mailer = Worker(
            self,
            "mailer",
            WorkerSpec(image=Image("ghcr.io/acme/mailer:1.8.1"), resources=resources("100m", "128Mi")),
            uses=[self.events.connect(env="AMQP_URL", credentials=Credentials.of(ExistingSecret("events-mailer")))],
        )
        warehouse = ExistingPostgres(
            ExternalHost("warehouse.acme.internal", port=5432, cidrs=("10.20.0.0/24",)),
            database="warehouse",
            credentials=Credentials.of(ExistingSecret("warehouse")),
            read_only_host=ExternalHost("warehouse-ro.acme.internal", port=5432, cidrs=("10.20.1.0/24",)),
            parameters={"sslmode": "verify-full"},
        )
        self.reports = ScheduledTask(
            self,
            "reports",
            ScheduledTaskSpec(
                image=Image("ghcr.io/acme/reports:0.9.4"),
                schedule=Schedule("15 3 * * *", time_zone="Etc/UTC"),
                deadline=timedelta(hours=1),
                resources=resources("100m", "256Mi"),
            ),
            uses=[warehouse.read_only(env="SOURCE_URL"), self.orders_db.read_write(env="TARGET_URL")],
        )


def build(app: App, *, platform: Platform | None = None) -> Databases:
    return Databases(app, platform=platform)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

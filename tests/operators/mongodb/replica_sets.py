"""The stores that are drawn for MongoDB Controllers for Kubernetes."""

from __future__ import annotations

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Mongo,
    MongoSpec,
    Platform,
    Provision,
    Resources,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.mongodb import MongoDbCommunity
from kmop_constructs.stores import MongoUser
from kmop_constructs.values.certificate import ServiceCertificate

from cdk8s import App

PLACE = "mongo"
_SIZED = Provision(storage=Size.gib(3), resources=Resources.of("300m", "768Mi"), synchronous=True)


def login(user: str) -> Credentials:
    return Credentials(user=user, password=ExistingSecret(f"{user}-login").key("password"))


def build(app: App) -> KmopChart:
    """Draw a store with users, settings and an administrator, one with TLS and five members, and one of one member."""
    platform = Platform(mongo=MongoDbCommunity(provision=_SIZED))
    chart = KmopChart(app, PLACE, namespace=PLACE, platform=platform)
    admin = ExistingSecret("mongo-root").key("password")
    db = Mongo(
        chart,
        "carts",
        MongoSpec(
            version="8.0.13",
            credentials=login("carts"),
            admin_password=admin,
            users={"reports": MongoUser(credentials=login("reports"), roles=("read",))},
            settings={"wiredTigerCacheSizeGB": "0.25", "operationProfiling.mode": "slowOp"},
        ),
    )
    Worker(chart, "shop", WorkerSpec(image=Image("acme/shop:1.0.0")), uses=[db.read_write()])
    Worker(chart, "reports", WorkerSpec(image=Image("acme/reports:1.0.0")), uses=[db.read_only(user="reports")])
    secure = Platform(
        mongo=MongoDbCommunity(provision=_SIZED, certificate=ServiceCertificate()),
        certificates=CertManager(issuer="internal-ca"),
    )
    orders = MongoSpec(version="8.0.13", credentials=login("orders"), provision=Provision(instances=5))
    Mongo(chart, "orders", orders, platform=secure)
    single = Provision(instances=1, storage=Size.gib(1), synchronous=None)
    alone = Platform(mongo=MongoDbCommunity(provision=Provision(resources=Resources.of("300m", "768Mi"))))
    Mongo(chart, "stock", MongoSpec(version="8.0.13", credentials=login("stock"), provision=single), platform=alone)
    return chart

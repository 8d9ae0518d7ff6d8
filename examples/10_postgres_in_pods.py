"""A service needs a PostgreSQL, and the platform runs it in a pod.

Look at the StatefulSet with its claim, and at the variables ``ORDERS_DB_…`` of the service: the password in the URL is
a reference to the Secret.
"""

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    ServiceSpec,
    Size,
)
from kmop_constructs.providers.native import NativePostgresProvider

from cdk8s import App

LOGIN = ExistingSecret("orders-db")
ORDERS_DB = PostgresSpec(version="17", credentials=Credentials.of(LOGIN), admin_password=LOGIN.key("admin-password"))
IN_PODS = Platform(postgres=NativePostgresProvider(provision=Provision(storage=Size.gib(5))))


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=IN_PODS)
    db = Postgres(chart, "orders-db", ORDERS_DB)
    orders = ServiceSpec(image=Image("ghcr.io/acme/orders:3.2.0"), port=8080)
    Microservice(chart, "orders", orders, uses=[db.read_write()])


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

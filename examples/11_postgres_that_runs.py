"""The same service and the same spec of its PostgreSQL, on a platform where one runs already.

Look at what is gone: no StatefulSet, no claim. The variables have the same names and lead to the other host.
"""

from kmop_constructs import (
    Credentials,
    ExistingSecret,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    Platform,
    Postgres,
    PostgresSpec,
    ServiceSpec,
)
from kmop_constructs.providers.existing import ExistingPostgres, ExistingStoreProvider

from cdk8s import App

LOGIN = ExistingSecret("orders-db")
ORDERS_DB = PostgresSpec(version="17", credentials=Credentials.of(LOGIN), admin_password=LOGIN.key("admin-password"))
HOST = ExternalHost("db.acme.internal", port=5432, cidrs=("10.20.0.0/24",))
RENTED = ExistingPostgres(HOST, database="shop", credentials=Credentials.of(LOGIN))
# The administrator's password is left to the operator of the store; leaves_out reports that as a notice.
RUNS = Platform(postgres=ExistingStoreProvider({"orders-db": RENTED}, leaves_out=("admin_password",)))


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=RUNS)
    db = Postgres(chart, "orders-db", ORDERS_DB)
    orders = ServiceSpec(image=Image("ghcr.io/acme/orders:3.2.0"), port=8080)
    Microservice(chart, "orders", orders, uses=[db.read_write()])


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

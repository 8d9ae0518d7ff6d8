"""One service calls another.

Look at the variable ``LEDGER_URL`` of payments, and at the two NetworkPolicies: payments may go out to the ledger on
port 8080, and the ledger lets in payments alone.
"""

from kmop_constructs import Image, KmopChart, Microservice, ServiceSpec

from cdk8s import App

LEDGER = ServiceSpec(image=Image("ghcr.io/acme/ledger:2.0.1"), port=8080)
PAYMENTS = ServiceSpec(image=Image("ghcr.io/acme/payments:1.4.2"), port=8080)
WEB = ServiceSpec(image=Image("ghcr.io/acme/web:1.4.2"), port=8080)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    ledger = Microservice(chart, "ledger", LEDGER)
    payments = Microservice(chart, "payments", PAYMENTS, uses=[ledger.http()])
    Microservice(chart, "web", WEB, uses=[payments.http()])


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

"""A service calls a host outside the cluster.

Look at the NetworkPolicy: it opens port 443 to every public address, because it cannot name a host. For the second host
the addresses are known, so only those are opened.
"""

from kmop_constructs import ExternalHost, Image, KmopChart, Microservice, ServiceSpec

from cdk8s import App

PAYMENTS = ServiceSpec(image=Image("ghcr.io/acme/payments:1.4.2"), port=8080)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Microservice(
        chart,
        "payments",
        PAYMENTS,
        uses=[
            ExternalHost("api.stripe.com").http(env="STRIPE_URL"),
            ExternalHost("mail.acme.internal", port=25, cidrs=("10.20.0.25/32",)).tcp(env="MAIL_ADDR"),
        ],
    )


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

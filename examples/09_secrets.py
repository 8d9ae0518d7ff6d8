"""Secrets by reference: the app names the Secret and its keys, and never sees a value.

Look at the Deployment: the variable refers to a key, the file is mounted from another. There is no Secret in the output,
because something else makes it.
"""

from kmop_constructs import ExistingSecret, Image, KmopChart, Microservice, ServiceSpec

from cdk8s import App

PAYMENTS = ServiceSpec(image=Image("ghcr.io/acme/payments:1.4.2"), port=8080)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    stripe = ExistingSecret("stripe", keys=("api-key", "signing.pem"))
    Microservice(
        chart,
        "payments",
        PAYMENTS,
        uses=[stripe.as_env(STRIPE_KEY="api-key"), stripe.file("signing.pem", at="/run/secrets/signing.pem")],
    )


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

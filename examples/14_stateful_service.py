"""A service in which each pod has a name and storage of its own.

Look at the claim template of the StatefulSet, at the second Service (``store-peers``), by which the pods find each
other, and at the NetworkPolicy, which lets the pods call each other.
"""

from kmop_constructs import ClaimTemplate, Image, KmopChart, Port, Replicas, Size, StatefulService, StatefulSpec

from cdk8s import App

STORE = StatefulSpec(
    image=Image("ghcr.io/acme/store:3.1.0"),
    port=Port.tcp(9000),
    scaling=Replicas(3),
    volumes={"/var/lib/store": ClaimTemplate("data", size=Size.gib(10))},
)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    StatefulService(chart, "store", STORE)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

"""Orders as events, in production: the app of apps/orders.py on a platform whose operators run its stores, its Kafka and its outbox."""

from apps import orders
from apps.platforms.production import with_operators
from kmop_constructs import Platform, allow

from cdk8s import App

PLATFORM = with_operators(orders.PLATFORM)


def build(app: App, *, platform: Platform | None = None) -> orders.Orders:
    chart = orders.build(app, platform=platform or PLATFORM)
    # The service deletes no row of its outbox, so a new outbox writes every event again: docs/apps/orders.md.
    allow(chart.kafka, "store-backup", reason="each event is a row of the outbox in orders-db, which has copies")
    return chart


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

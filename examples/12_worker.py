"""A worker: it takes messages from a queue, and no other pod calls it.

Look at the kinds: there is a Deployment and no Service, and the NetworkPolicy lets no connection in.
"""

from kmop_constructs import ExistingService, Image, KmopChart, Worker, WorkerSpec

from cdk8s import App

QUEUE = ExistingService("rabbitmq", port=5672, namespace="messages")


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Worker(chart, "mailer", WorkerSpec(image=Image("ghcr.io/acme/mailer:1.8.1")), uses=[QUEUE.tcp(env="QUEUE")])


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

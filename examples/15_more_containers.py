"""One container that runs before the app and one that runs beside it, each sharing a volume with the app.

Look at the init containers: the sidecar is one of them, with ``restartPolicy: Always``, so that it starts before the app
and ends after it. Both keep the restricted level.
"""

from kmop_constructs import Container, EmptyDir, Image, KmopChart, Microservice, ServiceSpec

from cdk8s import App

LOGS = EmptyDir("logs")
THEME = EmptyDir("theme")

WEB = ServiceSpec(
    image=Image("ghcr.io/acme/web:1.4.2"),
    port=8080,
    volumes={"/var/log/web": LOGS, "/srv/theme": THEME},
    init_containers=(Container("theme", image=Image("ghcr.io/acme/theme:7.0.0"), volumes={"/out": THEME}),),
    sidecars=(Container("log-shipper", image=Image("ghcr.io/acme/shipper:1.1.0"), volumes={"/logs": LOGS}),),
)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    Microservice(chart, "web", WEB)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

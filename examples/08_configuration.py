"""Configuration as variables and as files.

Look at the checksum in the annotations of the pods: it is made from the content of the two ConfigMaps, so that another
content rolls the pods.
"""

from kmop_constructs import Image, KmopChart, Microservice, NativeConfig, ServiceSpec, Text

from cdk8s import App

WEB = ServiceSpec(
    image=Image("ghcr.io/acme/web:1.4.2"),
    port=8080,
    env={"GREETING": "hello"},
    files={"/etc/web/tax.csv": Text("country,percent\nDE,19\nFR,20\n")},
)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    settings = NativeConfig(chart, "settings", data={"LOG_LEVEL": "info", "features.yaml": "refunds: true\n"})
    Microservice(
        chart,
        "web",
        WEB,
        uses=[settings.as_env("LOG_LEVEL"), settings.file("features.yaml", at="/etc/web/features.yaml")],
    )


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

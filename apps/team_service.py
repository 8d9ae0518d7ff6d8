"""A team's own kind of service: what every service of the team has, written once, by overriding `plan`."""

from collections.abc import Sequence
from dataclasses import replace

from kmop_constructs import (
    Autoscaling,
    Cpu,
    Exposure,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    NativeConfig,
    Peers,
    Plan,
    Platform,
    Pods,
    Resources,
    SecretKey,
    ServiceSpec,
    Size,
    Tls,
)
from kmop_constructs.authors import Edge, ServiceFacts
from kmop_constructs.patch import Add

from cdk8s import App

ACME = Platform(kubernetes="1.31", peers=Peers(ingress_controller=Pods.of(namespace="ingress")))


class AcmeService(Microservice):
    """A service of Acme: its logs are parsed as JSON, and it knows its own name."""

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:
        ours = replace(
            spec,
            env={"SERVICE_NAME": facts.name, **spec.env},
            labels={"acme.io/team": "payments", **spec.labels},
            pod_annotations={"logs.acme.io/format": "json", **spec.pod_annotations},
        )
        return super().plan(facts, ours, platform, uses)


class Payments(KmopChart):
    def __init__(self, app: App, id: str = "payments", *, platform: Platform = ACME) -> None:
        super().__init__(app, id, namespace="payments", platform=platform)
        settings = NativeConfig(self, "settings", data={"LOG_LEVEL": "info", "features.yaml": "refunds: true\n"})
        ledger = AcmeService(
            self,
            "ledger",
            ServiceSpec(
                image=Image("ghcr.io/acme/ledger:2.0.1"),
                port=8080,
                health="/healthz",
                resources=Resources(cpu=Cpu("250m"), memory=Size("256Mi")),
            ),
        )
        gateway = AcmeService(
            self,
            "payments",
            ServiceSpec(
                image=Image("ghcr.io/acme/payments:1.4.2"),
                port=8080,
                health="/healthz",
                env={"STRIPE_KEY": SecretKey("stripe", "api-key", external=True)},
                resources=Resources(cpu=Cpu("500m"), memory=Size("512Mi")),
                scaling=Autoscaling(min_replicas=3, max_replicas=12, cpu_percent=70),
                exposure=Exposure(host="pay.acme.io", tls=Tls.issued_by("letsencrypt-prod")),
            ),
            uses=[
                ledger.http(),
                ExternalHost("api.stripe.com").http(env="STRIPE_URL"),
                settings.as_env("LOG_LEVEL"),
                settings.file("features.yaml", at="/etc/payments/features.yaml"),
            ],
        )
        # What no field says, says a patch; it raises where it changes nothing.
        gateway.manifest("Deployment").patch(
            Add("/spec/template/spec/hostAliases", [{"ip": "192.0.2.7", "hostnames": ["hsm"]}])
        )


def build(app: App, *, platform: Platform | None = None) -> Payments:
    return Payments(app, platform=platform or ACME)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

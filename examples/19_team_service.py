"""A team's own kind of service: what all its services have is written once, in ``plan``.

Look at the label ``acme.io/team`` on every object of both services, and at the two readiness checks: the team's path
where the service names none.
"""

from collections.abc import Sequence
from dataclasses import replace

from kmop_constructs import Health, Image, KmopChart, Microservice, Plan, Platform, ServiceSpec
from kmop_constructs.authors import Edge, ServiceFacts

from cdk8s import App


class PaymentsService(Microservice):
    """A service of the payments team."""

    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:
        ours = replace(
            spec,
            labels={"acme.io/team": "payments", **spec.labels},
            health=spec.health or Health(path="/healthz"),
        )
        return super().plan(facts, ours, platform, uses)


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    PaymentsService(chart, "ledger", ServiceSpec(image=Image("ghcr.io/acme/ledger:2.0.1"), port=8080))
    PaymentsService(chart, "cards", ServiceSpec(image=Image("ghcr.io/acme/cards:1.0.3"), port=8080, health="/ready"))


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

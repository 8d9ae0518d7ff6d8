"""Tests that a team writes of its own app: run them with ``python -m pytest examples/21_team_tests.py``.

Look at the second test: it asks the NetworkPolicies of the output who reaches whom.
"""

from kmop_constructs import Image, KmopChart, Microservice, Replicas, ServiceSpec
from kmop_constructs.testing import assert_blocked, assert_reachable, synthesize

import pytest
from cdk8s import App


class Shop(KmopChart):
    def __init__(self, app: App) -> None:
        super().__init__(app, "shop", namespace="shop")
        ledger = ServiceSpec(image=Image("ghcr.io/acme/ledger:2.0.1"), port=8080, scaling=Replicas(3))
        self.ledger = Microservice(self, "ledger", ledger)
        payments = ServiceSpec(image=Image("ghcr.io/acme/payments:1.4.2"), port=8080)
        self.payments = Microservice(self, "payments", payments, uses=[self.ledger.http()])
        self.web = Microservice(self, "web", ServiceSpec(image=Image("ghcr.io/acme/web:1.4.2"), port=8080))


@pytest.fixture
def shop() -> Shop:
    return Shop(App())


def test_the_ledger_has_three_pods(shop: Shop) -> None:
    assert synthesize(shop).one("Deployment", "ledger")["spec"]["replicas"] == 3


def test_only_payments_reaches_the_ledger(shop: Shop) -> None:
    assert_reachable(shop.payments, shop.ledger)
    assert_blocked(shop.web, shop.ledger)


if __name__ == "__main__":
    app = App()
    Shop(app)
    app.synth()

"""The Job that makes exchanges, queues, users and rights of a native RabbitMQ."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Platform,
    Provision,
    RabbitMq,
    RabbitMqSpec,
    Resources,
    Size,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.messaging import Binding, DeadLetters, Exchange, Queue
from kmop_constructs.providers.native import NativeRabbitMqProvider
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

PLATFORM = Platform(
    rabbitmq=NativeRabbitMqProvider(provision=Provision(storage=Size.gib(1), resources=Resources.of("250m", "1Gi")))
)
SPEC = RabbitMqSpec(version="4.1.4", credentials=Credentials.of(ExistingSecret("events")))
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=Resources.of("100m", "256Mi"))
BILLING = Credentials.of(ExistingSecret("billing"))
WEB = Credentials(user="web", password=ExistingSecret("web").key("password"))


def shop(app: App, spec: RabbitMqSpec = SPEC) -> tuple[KmopChart, Exchange, Queue]:
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    broker = RabbitMq(chart, "events", spec)
    orders = Exchange(chart, "orders", broker)
    billing = Queue(
        chart, "billing", broker, dead_letters=DeadLetters(Queue(chart, "failed", broker, dead_letters=None))
    )
    Binding(chart, "billing-orders", orders, billing, key="order.*")
    return chart, orders, billing


def job(result: Synthesized) -> dict[str, Any]:
    return result.one("Job")["spec"]["template"]["spec"]["containers"][0]


def wanted(result: Synthesized) -> dict[str, Any]:
    return json.loads(next(each["value"] for each in job(result)["env"] if each["name"] == "TOPOLOGY"))


def test_a_publisher_and_a_subscriber_in_one_namespace(app: App, manifests: SnapshotAssertion) -> None:
    chart, orders, billing = shop(app)
    Worker(chart, "web", WORKER, uses=[orders.publish(key="order.created", credentials=WEB)])
    Worker(chart, "biller", WORKER, uses=[billing.subscribe(credentials=BILLING)])
    result = synthesize(app)
    assert sorted(each.name for each in result.required) == ["billing", "events", "web"]
    assert result == manifests


def test_a_publisher_may_use_its_routing_keys_alone(app: App) -> None:
    """https://www.rabbitmq.com/docs/access-control#topic-authorisation."""
    chart, orders, billing = shop(app)
    Worker(chart, "web", WORKER, uses=[orders.publish(key="order.created", credentials=WEB)])
    Worker(chart, "biller", WORKER, uses=[billing.subscribe(credentials=BILLING)])
    users = {each.get("name"): each["keys"] for each in wanted(synthesize(app))["users"]}
    assert users["web"] == [{"exchange": "orders", "write": r"^order\.created$", "read": "^$"}]
    assert users[None] == []


def test_a_job_that_has_ended_is_made_again_by_the_next_apply(app: App) -> None:
    """Otherwise a change that is taken back is the name of a Job that has ended, and the right stays."""
    shop(app)
    assert synthesize(app).one("Job")["spec"]["ttlSecondsAfterFinished"] == 300


def test_a_queue_without_a_policy_loses_that_of_before(app: App) -> None:
    """Its messages would still go to the queue of dead letters."""
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    Queue(chart, "mails", RabbitMq(chart, "events", SPEC), kind="classic", dead_letters=None)
    found = wanted(synthesize(app))
    assert found["gone"] == ["/api/policies/%2F/mails"]


def test_one_user_has_one_password(app: App) -> None:
    chart, orders, billing = shop(app)
    other = replace(WEB, password=ExistingSecret("other").key("password"))
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=WEB)])
    Worker(chart, "biller", WORKER, uses=[billing.subscribe(credentials=other)])
    with pytest.raises(CheckError, match="differ in its password; a user has one password"):
        synthesize(app)


def test_headers_of_the_app_alone_decide_a_binding(app: App) -> None:
    """The mark of a binding is a header too, for which these two would look in messages."""
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    broker = RabbitMq(chart, "events", SPEC)
    exchange = Exchange(chart, "orders", broker, kind="headers")
    queue = Queue(chart, "mails", broker, dead_letters=None)
    with pytest.raises(UnsupportedError, match="would look for in messages; write 'all' or 'any'"):
        Binding(chart, "mails-orders", exchange, queue, arguments={"x-match": "all-with-x", "type": "mail"})


def test_exchanges_and_queues_are_declared_with_a_policy(app: App) -> None:
    """https://www.rabbitmq.com/docs/http-api-reference."""
    shop(app)
    puts = dict(wanted(synthesize(app))["puts"])
    assert puts["/api/exchanges/%2F/orders"] == {
        "type": "topic",
        "durable": True,
        "auto_delete": False,
        "arguments": {},
    }
    assert puts["/api/queues/%2F/billing"]["arguments"] == {"x-queue-type": "quorum"}
    policy = puts["/api/policies/%2F/billing"]
    assert (policy["pattern"], policy["apply-to"]) == ("^billing$", "queues")
    assert policy["definition"]["dead-letter-strategy"] == "at-least-once"


def test_a_binding_is_marked_as_made_by_the_job(app: App) -> None:
    shop(app)
    assert wanted(synthesize(app))["bindings"] == [
        {
            "source": "orders",
            "destination": "billing",
            "routing_key": "order.*",
            "arguments": {"x-made-by": "kmop-constructs"},
        }
    ]


def test_users_have_exactly_the_rights_of_their_edges(app: App) -> None:
    chart, orders, billing = shop(app)
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=WEB)])
    Worker(chart, "biller", WORKER, uses=[billing.subscribe(credentials=BILLING)])
    assert wanted(synthesize(app))["users"] == [
        {
            "variable": "USER_1",
            "password": "PASSWORD_1",
            "rights": {"configure": "^$", "write": "^$", "read": "^billing$"},
            "keys": [],
        },
        {
            "name": "web",
            "password": "PASSWORD_2",
            "rights": {"configure": "^$", "write": "^orders$", "read": "^$"},
            "keys": [],
        },
    ]


def test_logins_are_references(app: App) -> None:
    chart, orders, _ = shop(app)
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=WEB)])
    env = job(synthesize(app))["env"]
    keys = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in env if "valueFrom" in each}
    assert keys == {
        "ADMIN_USER": {"name": "events", "key": "username"},
        "ADMIN_PASSWORD": {"name": "events", "key": "password"},
        "PASSWORD_1": {"name": "web", "key": "password"},
    }


def test_a_change_is_another_job() -> None:
    names: list[str] = []
    for more in (False, True):
        app = App()
        chart, orders, _ = shop(app)
        if more:
            Worker(chart, "web", WORKER, uses=[orders.publish(credentials=WEB)])
        names.append(synthesize(app).one("Job")["metadata"]["name"])
    assert names[0] != names[1]
    assert all(each.startswith("events-setup-") for each in names)


def test_the_virtual_host_is_a_part_of_each_path(app: App) -> None:
    shop(app, replace(SPEC, virtual_host="shop eu"))
    found = wanted(synthesize(app))
    assert found["vhost"] == "shop%20eu"
    assert all("/shop%20eu/" in path for path, _ in found["puts"])


def test_kubernetes_replaces_nothing_in_the_topology(app: App) -> None:
    """https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/."""
    chart, orders, _ = shop(app)
    exchange = Exchange(chart, "by-region", orders.broker, kind="headers")
    Binding(chart, "b", exchange, Queue(chart, "q", orders.broker, dead_letters=None), arguments={"region": "$(HOME)"})
    result = synthesize(app)
    text = next(each["value"] for each in job(result)["env"] if each["name"] == "TOPOLOGY")
    assert "$(" not in text
    assert {"region": "$(HOME)", "x-made-by": "kmop-constructs"} in [
        each["arguments"] for each in wanted(result)["bindings"]
    ]


def test_only_the_job_reaches_the_http_api(app: App) -> None:
    chart, orders, _ = shop(app)
    Worker(chart, "web", WORKER, uses=[orders.publish(credentials=WEB)])
    rules = synthesize(app).one("NetworkPolicy", "events")["spec"]["ingress"]
    (found,) = [rule for rule in rules if {"port": 15672, "protocol": "TCP"} in rule["ports"]]
    assert [each["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for each in found["from"]] == ["events-setup"]


@pytest.mark.parametrize("version", ["3.13.7", "4.0.9"])
def test_an_older_broker_has_no_job(app: App, version: str) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=PLATFORM)
    RabbitMq(chart, "events", replace(SPEC, version=version))
    assert [each for each in synthesize(app).objects if each["kind"] == "Job"] == []


def test_an_older_broker_has_no_exchange(app: App) -> None:
    with pytest.raises(
        ValueError, match="shop/orders: native pods make exchanges and queues of RabbitMQ 4.1 and newer"
    ):
        shop(app, replace(SPEC, version="3.13.7"))

"""Logins by Strimzi: rights of each caller, and its Secrets in other namespaces."""

from __future__ import annotations

from functools import partial
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    ExistingSecret,
    KmopChart,
    Microservice,
    Platform,
    SecretKey,
    SpecError,
    UnsupportedError,
    Worker,
)
from kmop_constructs.messaging import Forever, Kafka, KafkaSpec, Topic
from kmop_constructs.providers.external_secrets import ExternalSecrets
from kmop_constructs.testing import synthesize
from tests.providers.strimzi.kafkas import SERVICE, SPEC, WORKER, acls, drawn, env, every, orders, shop

import pytest
from cdk8s import App

OWN = Credentials(user="shop", password=ExistingSecret("shop-kafka").key("password"))


def elsewhere(app: App, topic: Topic, **more: Any) -> KmopChart:
    """A consumer in another namespace."""
    chart = KmopChart(app, "billing", namespace="billing", platform=Platform(kubernetes="1.31", **more))
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    return chart


def test_a_producer_writes_its_topic_and_no_more(app: App) -> None:
    chart = shop(app)
    Microservice(chart, "web", SERVICE, uses=[orders(chart).produce()])
    assert acls(drawn(app), "web") == ["topic literal orders: Describe Write"]


def test_a_consumer_reads_its_topic_in_its_group(app: App) -> None:
    chart = shop(app)
    Worker(chart, "billing", WORKER, uses=[orders(chart).consume(group="billing")])
    assert acls(drawn(app), "billing") == ["group literal billing: Read", "topic literal orders: Describe Read"]


def test_transactions_have_ids_with_one_beginning(app: App) -> None:
    chart = shop(app)
    Microservice(chart, "web", SERVICE, uses=[orders(chart).produce(transactional_id="web-")])
    assert acls(drawn(app), "web") == [
        "topic literal orders: Describe Write",
        "transactionalId prefix web-: Describe Write",
    ]


def test_the_rights_of_all_edges_are_one_user(app: App) -> None:
    chart = shop(app)
    first = orders(chart)
    second = Topic(chart, "payments", first.kafka, partitions=3, keep=Forever())
    uses = [first.produce(), first.consume(group="web"), second.consume(group="web")]
    Microservice(chart, "web", SERVICE, uses=uses)
    assert acls(drawn(app), "web") == [
        "group literal web: Read",
        "topic literal orders: Describe Read Write",
        "topic literal payments: Describe Read",
    ]


def test_no_user_creates_or_deletes_a_topic(app: App) -> None:
    chart = shop(app)
    topic = orders(chart)
    Microservice(chart, "web", SERVICE, uses=[topic.produce(transactional_id="web-"), topic.consume(group="web")])
    rights = drawn(app).one("KafkaUser")["spec"]["authorization"]["acls"]
    operations = {operation for each in rights for operation in each["operations"]}
    assert operations == {"Describe", "Read", "Write"}
    assert {each["resource"]["type"] for each in rights} == {"group", "topic", "transactionalId"}


def test_users_do_not_depend_on_the_order_of_writing(app: App) -> None:
    found: list[Any] = []
    for names in (("web", "shipping"), ("shipping", "web")):
        other = App()
        chart = shop(other)
        topic = orders(chart)
        for name in names:
            Worker(chart, name, WORKER, uses=[topic.consume(group=name)])
        found.append(synthesize(other).objects)
    assert found[0] == found[1]


def test_a_removed_caller_leaves_no_user(app: App) -> None:
    chart = shop(app)
    topic = orders(chart)
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    chart.node.try_remove_child("billing")
    assert [each["metadata"]["name"] for each in every(synthesize(app), "KafkaUser")] == ["web"]


def test_the_operator_makes_the_password(app: App) -> None:
    chart = shop(app)
    Microservice(chart, "web", SERVICE, uses=[orders(chart).produce()])
    assert drawn(app).one("KafkaUser")["spec"]["authentication"] == {"type": "scram-sha-512"}


def test_a_password_of_the_caller_is_taken(app: App) -> None:
    """https://github.com/strimzi/strimzi-kafka-operator/blob/1.2.0/documentation/modules/security/con-securing-client-authentication.adoc."""
    chart = shop(app)
    Microservice(chart, "web", SERVICE, uses=[orders(chart).produce(credentials=OWN)])
    result = drawn(app)
    assert result.one("KafkaUser", "shop")["spec"]["authentication"] == {
        "type": "scram-sha-512",
        "password": {"valueFrom": {"secretKeyRef": {"name": "shop-kafka", "key": "password"}}},
    }
    assert env(result, "web")["EVENTS_PASSWORD"] == "shop-kafka/password"
    assert [each.name for each in result.required] == ["shop-kafka"]


def test_no_secret_is_overwritten_by_that_of_its_user(app: App) -> None:
    """The User Operator keeps each login in a Secret with the name of the user."""
    own = Credentials(user="web", password=ExistingSecret("web").key("password"))
    chart = shop(app)
    says = (
        r"credentials: the User Operator keeps the login of 'web' in a Secret of that name.*name that Secret otherwise"
    )
    with pytest.raises(SpecError, match=says):
        Microservice(chart, "web", SERVICE, uses=[orders(chart).produce(credentials=own)])


def test_two_versions_may_be_one_user(app: App) -> None:
    chart = shop(app)
    topic = orders(chart)
    for name in ("web", "web-next"):
        Microservice(chart, name, SERVICE, uses=[topic.produce(user="web")])
    assert acls(drawn(app), "web") == ["topic literal orders: Describe Write"]


def test_the_login_of_the_spec_is_for_all_callers(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = shop(app)
    topic = orders(chart, KafkaSpec(version="4.3.1", credentials=OWN))
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    result = drawn(app)
    assert acls(result, "shop") == ["group literal billing: Read", "topic literal orders: Describe Read Write"]
    assert [each for each in caplog.messages if "[topic-login-shared]" in each and "shop/web" in each]


def test_that_login_may_be_left_out(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = shop(app, given={"leaves_out": ("credentials",)})
    topic = orders(chart, KafkaSpec(version="4.3.1", credentials=OWN))
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    assert acls(drawn(app), "web") == ["topic literal orders: Describe Write"]
    assert [each for each in caplog.messages if "credentials is left out" in each and "[left-out]" in each]


def test_two_kafkas_need_two_names_for_a_user(app: App) -> None:
    chart = shop(app)
    first = orders(chart)
    second = Topic(chart, "copies", Kafka(chart, "mirror", SPEC), partitions=3, keep=Forever())
    Microservice(chart, "web", SERVICE, uses=[first.produce(), second.consume(group="web")])
    with pytest.raises(
        CheckError, match="KafkaUser 'web'.*differ in its Kafka; name one of the logins otherwise: user="
    ):
        synthesize(app)


def test_another_namespace_needs_a_way_for_its_secrets(app: App) -> None:
    topic = orders(shop(app))
    with pytest.raises(
        UnsupportedError,
        match=r"billing/billing: shop/orders\.consume\(\): the caller is in the namespace 'billing'.*elsewhere='copies'",
    ):
        elsewhere(app, topic)


def test_copies_carry_login_and_authority(app: App) -> None:
    topic = orders(shop(app, given={"elsewhere": "copies"}))
    elsewhere(app, topic, secrets=partial(ExternalSecrets))
    result = drawn(app)
    assert acls(result, "billing.billing") == ["group literal billing: Read", "topic literal orders: Describe Read"]
    assert result.one("KafkaUser")["metadata"]["namespace"] == "shop"
    found = env(result, "billing")
    assert found["EVENTS_USER"] == "billing.billing"
    assert found["EVENTS_PASSWORD"] == "events-billing.billing/password"
    assert found["EVENTS_BOOTSTRAP_SERVERS"] == "events-kafka-bootstrap.shop.svc:9093"
    copies = {each["metadata"]["name"]: each for each in every(result, "ExternalSecret")}
    assert {name: each["metadata"]["namespace"] for name, each in copies.items()} == {
        "events-billing.billing": "billing",
        "events-cluster-ca-cert": "billing",
    }
    (password,) = copies["events-billing.billing"]["spec"]["data"]
    assert password["remoteRef"] == {"key": "billing.billing", "property": "password"}
    (authority,) = copies["events-cluster-ca-cert"]["spec"]["data"]
    assert authority["remoteRef"] == {"key": "events-cluster-ca-cert", "property": "ca.crt"}
    rights = {
        each["rules"][0]["resourceNames"][0]
        for each in every(result, "Role")
        if each["metadata"]["namespace"] == "shop"
    }
    assert rights == {"billing.billing", "events-cluster-ca-cert"}
    assert result.required == ()


def test_one_copy_of_the_authority_serves_a_namespace(app: App) -> None:
    topic = orders(shop(app, given={"elsewhere": "copies"}))
    chart = elsewhere(app, topic, secrets=partial(ExternalSecrets))
    Worker(chart, "reports", WORKER, uses=[topic.consume(group="reports")])
    assert len(every(drawn(app), "ExternalSecret")) == 3


def test_copies_need_a_provider_that_makes_them(app: App) -> None:
    topic = orders(shop(app, given={"elsewhere": "copies"}))
    with pytest.raises(UnsupportedError, match="copy a generated value to another namespace"):
        elsewhere(app, topic)


def test_the_access_operator_makes_one_secret(app: App) -> None:
    """https://github.com/strimzi/kafka-access-operator/blob/0.3.0/README.md."""
    topic = orders(shop(app, given={"elsewhere": "access"}))
    elsewhere(app, topic)
    result = drawn(app)
    access = result.one("KafkaAccess")
    assert access["metadata"]["namespace"] == "billing"
    assert access["spec"] == {
        "kafka": {"name": "events", "namespace": "shop", "listener": "tls"},
        "user": {"kind": "KafkaUser", "apiGroup": "kafka.strimzi.io", "name": "billing.billing", "namespace": "shop"},
        "secretName": "events-billing.billing",
    }
    assert env(result, "billing")["EVENTS_PASSWORD"] == "events-billing.billing/password"
    volumes = result.one("Deployment", "billing")["spec"]["template"]["spec"]["volumes"]
    (authority,) = [each["secret"] for each in volumes if "secret" in each]
    assert authority["secretName"] == "events-billing.billing"
    assert authority["items"] == [{"key": "ssl.truststore.crt", "path": "ca.crt"}]
    assert result.required == ()


def test_a_caller_elsewhere_may_name_login_and_authority(app: App) -> None:
    """The operator reads the password in the namespace of the Kafka, so the Secret is there too."""
    topic = orders(shop(app))
    chart = KmopChart(app, "billing", namespace="billing")
    authority = SecretKey("kafka-authority", "ca.crt", external=True)
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="b", credentials=OWN, authority=authority)])
    result = drawn(app)
    assert {(each.namespace, each.name) for each in result.required} == {
        ("billing", "kafka-authority"),
        ("billing", "shop-kafka"),
        ("shop", "shop-kafka"),
    }


def test_the_login_of_the_spec_stays_in_its_namespace(app: App) -> None:
    topic = orders(shop(app), KafkaSpec(version="4.3.1", credentials=OWN))
    with pytest.raises(SpecError, match="its Secret 'shop-kafka' is in the namespace 'shop'"):
        elsewhere(app, topic)


@pytest.mark.parametrize("elsewhere", ["copies", "access"])
def test_long_names_fit_in_labels(app: App, elsewhere: str) -> None:
    """A label has at most 63 characters, a name of a Secret more."""
    topic = orders(shop(app, given={"elsewhere": elsewhere}))
    platform = Platform(kubernetes="1.31", secrets=partial(ExternalSecrets))
    chart = KmopChart(app, "billing", namespace="n" * 60, platform=platform)
    Worker(chart, "w" * 50, WORKER, uses=[topic.consume(group="billing")])
    labels = [value for each in drawn(app).objects for value in each["metadata"].get("labels", {}).values()]
    assert max(map(len, labels)) <= 63

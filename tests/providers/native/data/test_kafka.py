"""Kafka in native pods: the node, and the Job that makes topics, users and rights."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from kmop_constructs import (
    Backup,
    CheckError,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    Platform,
    Provision,
    Resources,
    Schedule,
    SecretKey,
    ServiceSpec,
    Size,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.messaging import Compacted, Forever, ForTime, Kafka, KafkaSpec, SpringKafka, Topic
from kmop_constructs.providers.native import NativeDataOptions, NativeKafkaProvider
from kmop_constructs.testing import Synthesized, assert_blocked, assert_reachable, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App
from syrupy.assertion import SnapshotAssertion

LOGIN = ExistingSecret("kafka")
PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("250m", "2Gi"))
SPEC = KafkaSpec(version="4.1.1", admin_password=LOGIN.key("admin"), provision=PROVISION)
RESOURCES = Resources.of("100m", "256Mi")
SERVICE = ServiceSpec(image=Image("acme/shop:1"), port=8080, resources=RESOURCES)
WORKER = WorkerSpec(image=Image("acme/billing:1"), resources=RESOURCES)


def login(user: str) -> Credentials:
    return Credentials(user=user, password=LOGIN.key(user))


def orders(chart: KmopChart, spec: KafkaSpec = SPEC, **more: Any) -> Topic:
    given: dict[str, Any] = {"partitions": 12, "keep": Compacted(), "key": "order id", **more}
    return Topic(chart, "orders", Kafka(chart, "events", spec), **given)


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.31")
    return result


def job(app: App) -> dict[str, Any]:
    (found,) = [each for each in drawn(app).objects if each["kind"] == "Job"]
    return found


def wanted(app: App) -> dict[str, Any]:
    """The variables of the Job; a reference as ``secret/key``."""
    (container,) = job(app)["spec"]["template"]["spec"]["containers"]
    keys = {each["name"]: each.get("valueFrom", {}).get("secretKeyRef") for each in container["env"]}
    return {
        each["name"]: f"{keys[each['name']]['name']}/{keys[each['name']]['key']}"
        if keys[each["name"]]
        else each["value"]
        for each in container["env"]
    }


def properties(app: App) -> dict[str, str]:
    text = drawn(app).one("ConfigMap")["data"]["server.properties"]
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_producer_and_a_consumer_in_one_namespace(app: App, manifests: SnapshotAssertion) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    topic = orders(chart)
    Microservice(chart, "web", SERVICE, uses=[topic.produce(credentials=login("web"))])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing", credentials=login("billing"))])
    result = drawn(app)
    variables = result.one("Deployment", "billing")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {each["name"]: each.get("value") for each in variables} == {
        "EVENTS_BOOTSTRAP_SERVERS": "events:9092",
        "EVENTS_PASSWORD": None,
        "EVENTS_SASL_MECHANISM": "SCRAM-SHA-512",
        "EVENTS_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
        "EVENTS_USER": "billing",
        "ORDERS_GROUP": "billing",
        "ORDERS_TOPIC": "orders",
    }
    assert [(each.name, each.keys) for each in result.required] == [("kafka", ("admin", "billing", "web"))]
    assert result == manifests


def test_one_node_is_broker_and_controller(app: App) -> None:
    """https://kafka.apache.org/documentation/#kraft_config."""
    orders(KmopChart(app, "shop", namespace="shop"))
    found = properties(app)
    assert found["process.roles"] == "broker,controller"
    assert found["controller.quorum.voters"] == "1@127.0.0.1:9093"
    assert found["listeners"] == "CLIENT://:9092,INTERNAL://127.0.0.1:9091,CONTROLLER://127.0.0.1:9093"
    assert found["advertised.listeners"] == "CLIENT://events.shop.svc:9092,INTERNAL://127.0.0.1:9091"


def test_every_listener_needs_a_login(app: App) -> None:
    orders(KmopChart(app, "shop", namespace="shop"))
    found = properties(app)
    protocols = dict(each.split(":") for each in found["listener.security.protocol.map"].split(","))
    assert protocols == dict.fromkeys(("CLIENT", "INTERNAL", "CONTROLLER"), "SASL_PLAINTEXT")
    assert found["listener.name.client.sasl.enabled.mechanisms"] == "SCRAM-SHA-512"


def test_nothing_is_allowed_without_a_right(app: App) -> None:
    orders(KmopChart(app, "shop", namespace="shop"))
    found = properties(app)
    assert found["authorizer.class.name"] == "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
    assert (found["allow.everyone.if.no.acl.found"], found["super.users"]) == ("false", "User:admin")
    assert found["auto.create.topics.enable"] == "false"


def test_the_administrators_password_is_in_no_file_of_the_app(app: App) -> None:
    orders(KmopChart(app, "shop", namespace="shop"))
    assert (
        'password="${dir:/run/secrets/kafka:password}"'
        in properties(app)["listener.name.controller.plain.sasl.jaas.config"]
    )
    container = drawn(app).one("StatefulSet")["spec"]["template"]["spec"]["containers"][0]
    assert "/run/secrets/kafka/password" in {each["mountPath"] for each in container["volumeMounts"]}
    assert not [each for each in container["env"] if "valueFrom" in each]


def test_topics_are_one_line_each(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    kafka = orders(chart).kafka
    week = ForTime(timedelta(days=7), size=Size.gib(1))
    Topic(chart, "payments", kafka, partitions=3, keep=week, max_message=Size.mib(2), name="Payments.v1")
    assert wanted(app)["TOPICS"].split("\n") == [
        (
            "Payments.v1 3 1 cleanup.policy=delete max.message.bytes=2097152 min.insync.replicas=1 retention.bytes=1073741824 "
            "retention.ms=604800000"
        ),
        "orders 12 1 cleanup.policy=compact min.insync.replicas=1",
    ]


def test_no_setting_of_a_topic_is_replaced_by_a_password(app: App) -> None:
    """Kubernetes replaces $(NAME) by the value of an earlier variable of the Job."""
    orders(KmopChart(app, "shop", namespace="shop"), settings={"message.timestamp.type": "$(ADMIN_PASSWORD)"})
    assert "message.timestamp.type=$$(ADMIN_PASSWORD)" in wanted(app)["TOPICS"]


def test_users_have_the_rights_of_their_edges_alone(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    topic = orders(chart)
    Microservice(chart, "web", SERVICE, uses=[topic.produce(credentials=login("web"), transactional_id="web-")])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="bills", credentials=login("billing"))])
    found = wanted(app)
    assert found["USERS"] == "billing PASSWORD_1\nweb PASSWORD_2"
    assert (found["PASSWORD_1"], found["PASSWORD_2"]) == ("kafka/billing", "kafka/web")
    assert found["RIGHTS"].split("\n") == [
        "User:billing GROUP bills LITERAL READ * ALLOW",
        "User:billing TOPIC orders LITERAL DESCRIBE * ALLOW",
        "User:billing TOPIC orders LITERAL READ * ALLOW",
        "User:web TOPIC orders LITERAL DESCRIBE * ALLOW",
        "User:web TOPIC orders LITERAL WRITE * ALLOW",
        "User:web TRANSACTIONAL_ID web- PREFIXED DESCRIBE * ALLOW",
        "User:web TRANSACTIONAL_ID web- PREFIXED WRITE * ALLOW",
    ]


def test_another_edge_is_another_job(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    topic = orders(chart)
    before = job(app)["metadata"]["name"]
    Microservice(chart, "web", SERVICE, uses=[topic.produce(credentials=login("web"))])
    after = job(app)["metadata"]["name"]
    assert before != after
    assert before.startswith("events-setup-")
    assert after.startswith("events-setup-")


def test_the_job_stays_without_a_change(app: App) -> None:
    first, second = (App(outdir=str(Path(app.outdir) / name)) for name in ("a", "b"))
    for each in (first, second):
        orders(KmopChart(each, "shop", namespace="shop"))
    assert job(first) == job(second)


def test_topics_of_another_kafka_are_not_its_own(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    orders(chart)
    other = Kafka(chart, "mirror", SPEC)
    Topic(chart, "copies", other, partitions=1, keep=Forever())
    jobs = {each["metadata"]["name"].rpartition("-")[0]: each for each in drawn(app).objects if each["kind"] == "Job"}
    lines = {
        name: next(
            each["value"]
            for each in found["spec"]["template"]["spec"]["containers"][0]["env"]
            if each["name"] == "TOPICS"
        )
        for name, found in jobs.items()
    }
    assert {name: line.split()[0] for name, line in lines.items()} == {
        "events-setup": "orders",
        "mirror-setup": "copies",
    }


def test_callers_and_the_job_reach_the_node(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    NativeNamespace(chart, "namespace")
    topic = orders(chart)
    web = Microservice(chart, "web", SERVICE, uses=[topic.produce(credentials=login("web"))])
    other = Worker(chart, "other", WORKER)
    node: Any = topic.kafka.drawn
    assert_reachable(web, node, 9092)
    assert_blocked(other, node, 9092)
    ingress = drawn(app).one("NetworkPolicy", "events")["spec"]["ingress"]
    callers = [each["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for each in ingress[0]["from"]]
    assert callers == ["events-setup", "web"]


def test_a_caller_without_a_login_is_refused(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    topic = orders(chart)
    message = r"shop/web: shop/orders\.produce\(\): credentials: native pods make no logins; name one: credentials=Credentials\(user='web'"
    with pytest.raises(SpecError, match=message):
        Microservice(chart, "web", SERVICE, uses=[topic.produce()])


def test_one_login_of_all_callers_is_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    topic = orders(chart, replace(SPEC, credentials=login("app")))
    Microservice(chart, "web", SERVICE, uses=[topic.produce()])
    Worker(chart, "billing", WORKER, uses=[topic.consume(group="billing")])
    assert wanted(app)["RIGHTS"].count("User:app TOPIC orders") == 3
    assert [
        each for each in caplog.messages if "[topic-login-shared]" in each and "as 'app', as shop/billing does" in each
    ]


def test_a_login_that_native_pods_would_make_is_refused(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    topic = orders(chart)
    with pytest.raises(UnsupportedError, match="user: native pods make no logins, got 'web'"):
        Microservice(chart, "web", SERVICE, uses=[topic.produce(user="web")])


def test_the_job_reads_passwords_of_other_namespaces_in_its_own(app: App) -> None:
    topic = orders(KmopChart(app, "shop", namespace="shop"))
    billing = KmopChart(app, "billing", namespace="billing")
    own = Credentials(user="billing", password=ExistingSecret("billing-kafka").key("password"))
    Worker(billing, "billing", WORKER, uses=[topic.consume(group="billing", credentials=own)])
    result = drawn(app)
    assert {(each.namespace, each.name) for each in result.required} == {
        ("billing", "billing-kafka"),
        ("shop", "billing-kafka"),
        ("shop", "kafka"),
    }
    variables = result.one("Deployment", "billing")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert variables[0] == {"name": "EVENTS_BOOTSTRAP_SERVERS", "value": "events.shop.svc:9092"}


def test_a_secret_that_nothing_makes_is_missed(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    wrong = Credentials(user="web", password=SecretKey("nowhere", "password"))
    Microservice(chart, "web", SERVICE, uses=[orders(chart).produce(credentials=wrong)])
    with pytest.raises(CheckError, match="shop/web/deployment.*reads the Secret 'nowhere'"):
        synthesize(app)


def test_spring_reads_its_own_variables(app: App) -> None:
    """https://docs.spring.io/spring-boot/appendix/application-properties/index.html#application-properties.integration."""
    chart = KmopChart(app, "shop", namespace="shop")
    topic = orders(chart)
    uses = [
        topic.produce(credentials=login("web"), env=SpringKafka(), transactional_id="web-"),
        topic.consume(group="web", credentials=login("web"), env=SpringKafka()),
    ]
    Microservice(chart, "web", SERVICE, uses=uses)
    variables = drawn(app).one("Deployment")["spec"]["template"]["spec"]["containers"][0]["env"]
    found = {each["name"]: each.get("value") for each in variables}
    module = "org.apache.kafka.common.security.scram.ScramLoginModule"
    assert found == {
        "EVENTS_PASSWORD": None,
        "ORDERS_GROUP": "web",
        "ORDERS_TOPIC": "orders",
        "ORDERS_TRANSACTIONAL_ID": "web-",
        "SPRING_KAFKA_BOOTSTRAPSERVERS": "events:9092",
        "SPRING_KAFKA_CONSUMER_GROUPID": "web",
        "SPRING_KAFKA_PRODUCER_ACKS": "all",
        "SPRING_KAFKA_PRODUCER_TRANSACTIONIDPREFIX": "web-",
        "SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG": f'{module} required username="web" password="$(EVENTS_PASSWORD)";',
        "SPRING_KAFKA_PROPERTIES_SASL_MECHANISM": "SCRAM-SHA-512",
        "SPRING_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    }
    names = [each["name"] for each in variables]
    assert names.index("EVENTS_PASSWORD") < names.index("SPRING_KAFKA_PROPERTIES_SASL_JAAS_CONFIG")


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (replace(SPEC, admin_password=None), "shop/events: admin_password: not set, and native pods make no login"),
        (replace(SPEC, provision=None), "shop/events: provision.storage: not set"),
        (replace(SPEC, provision=replace(PROVISION, instances=3)), r"provision\.instances: Kafka in native pods.*leaves_out=\('instances',\)"),
        (replace(SPEC, settings={"sasl.enabled.mechanisms": "PLAIN"}), "settings: set by the library.*got 'sasl.enabled.mechanisms'"),
        (replace(SPEC, settings={"super.users": "User:eve"}), "settings: set by the library.*got 'super.users'"),
        (replace(SPEC, settings={"log.segment.bytes": "${env:X}"}), r"settings\['log.segment.bytes'\]: has a line break or a reference"),
    ],
)  # fmt: skip
def test_what_native_pods_lack_is_refused(app: App, spec: KafkaSpec, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Kafka(KmopChart(app, "shop", namespace="shop"), "events", spec)


def test_backups_are_refused_with_what_to_do(app: App) -> None:
    backup = Backup(schedule=Schedule("@daily"), keep=timedelta(days=7))
    with pytest.raises(UnsupportedError, match=r"provision\.backup: Kafka in native pods do not support backups"):
        Kafka(
            KmopChart(app, "shop", namespace="shop"),
            "events",
            replace(SPEC, provision=replace(PROVISION, backup=backup)),
        )


def test_passwords_as_variables_are_refused(app: App) -> None:
    platform = Platform(kafka=NativeKafkaProvider(options=NativeDataOptions(passwords="variables")))
    with pytest.raises(
        SpecError, match=r"options\.passwords: its properties read the password from a file, got 'variables'"
    ):
        Kafka(KmopChart(app, "shop", namespace="shop", platform=platform), "events", SPEC)


def test_an_image_before_log4j_2_is_found(app: App) -> None:
    orders(KmopChart(app, "shop", namespace="shop"), replace(SPEC, version="3.9.1"))
    with pytest.raises(CheckError, match=r"the image is Kafka 3\.9\.1, but its logging is that of Log4j 2"):
        synthesize(app)


def test_instances_may_be_left_out(app: App, caplog: pytest.LogCaptureFixture) -> None:
    platform = Platform(kafka=NativeKafkaProvider(leaves_out=("instances",)))
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    orders(chart, replace(SPEC, provision=replace(PROVISION, instances=3)))
    assert wanted(app)["TOPICS"].startswith("orders 12 1 ")
    assert [each for each in caplog.messages if "instances of its provision is left out" in each]

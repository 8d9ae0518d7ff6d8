"""What callers of a replica set are given, and which connections are open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kmop_constructs import (
    KmopChart,
    Microservice,
    Mongo,
    NativeNamespace,
    Platform,
    ServiceSpec,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.native import NativeMongoProvider
from kmop_constructs.testing import Synthesized, synthesize
from kmop_constructs.values.certificate import ServiceCertificate
from kmop_constructs.values.env import ConfigKey, SecretKey
from kmop_constructs.values.pods import Pods
from tests.providers.mongodb.stores import CARTS, IMAGE, PROVISION, REPORTS, drawn, env, login, provision, shop, spec

import pytest
from cdk8s import App

WORKER = WorkerSpec(image=IMAGE)
SECURE: dict[str, Any] = {"certificate": ServiceCertificate(), "certificates": CertManager(issuer="internal-ca")}


def test_a_caller_gets_the_seed_and_the_replica_set(app: App) -> None:
    chart = shop(app)
    db = Mongo(chart, "carts-db", CARTS)
    Microservice(chart, "carts", ServiceSpec(image=IMAGE, port=8080), uses=[db.read_write()])
    assert env(drawn(app), "carts") == {
        "CARTS_DB_HOST": "carts-db-svc",
        "CARTS_DB_NAME": "carts",
        "CARTS_DB_PASSWORD": "carts-login/password",
        "CARTS_DB_PORT": "27017",
        "CARTS_DB_USER": "carts",
        "CARTS_DB_URL": "mongodb://carts:$(CARTS_DB_PASSWORD)@carts-db-svc:27017/carts?authSource=carts&replicaSet=carts-db",
    }


def test_the_url_of_a_synchronous_store_waits_for_a_majority(app: App) -> None:
    chart = shop(app, provision(synchronous=True))
    db = Mongo(chart, "carts-db", CARTS)
    Worker(chart, "carts", WORKER, uses=[db.read_write(env="URL")])
    assert env(drawn(app), "carts")["URL"].endswith("?authSource=carts&replicaSet=carts-db&w=majority")


def test_a_reader_prefers_the_secondaries(app: App) -> None:
    chart = shop(app)
    db = Mongo(chart, "carts-db", spec(users={"reports": REPORTS}))
    Worker(chart, "reports", WORKER, uses=[db.read_only(user="reports", env="URL")])
    url = env(drawn(app), "reports")["URL"]
    assert url == (
        "mongodb://reports:$(CARTS_DB_PASSWORD)@carts-db-svc:27017/carts"
        "?authSource=carts&replicaSet=carts-db&readPreference=secondaryPreferred"
    )


def test_a_reader_is_kept_from_writing_by_its_login(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = shop(app)
    users = {"reports": REPORTS, "w": replace(REPORTS, credentials=login("w"), roles=("readWrite",))}
    db = Mongo(chart, "carts-db", spec(users=users))
    with pytest.raises(SpecError, match=r"read_only\(\): user: its roles write, and only the login would keep"):
        db.read_only(user="w")
    Worker(chart, "reports", WORKER, uses=[db.read_only(user="reports", env="URL")])
    drawn(app)
    (notice,) = [each for each in caplog.messages if "[read-only-primary]" in each]
    assert (
        "shop/carts-db takes writes at the address of its replicas too: only its login keeps it from writing" in notice
    )


def test_the_login_of_the_application_is_no_readers(app: App) -> None:
    """A driver sends writes to the primary, whichever address it is given."""
    db = Mongo(shop(app), "carts-db", CARTS)
    with pytest.raises(
        UnsupportedError, match="shop/carts-db: read_only: MongoDB takes writes.*user=… or credentials=…"
    ):
        db.read_only()


def test_one_member_has_no_preference(app: App, caplog: pytest.LogCaptureFixture) -> None:
    chart = shop(app, provision(instances=1))
    db = Mongo(chart, "carts-db", spec(users={"reports": REPORTS}))
    Worker(chart, "reports", WORKER, uses=[db.read_only(user="reports", env="URL")])
    assert "readPreference" not in env(drawn(app), "reports")["URL"]
    assert [each for each in caplog.messages if "[read-only-primary]" in each]


def test_callers_verify_the_members(app: App) -> None:
    chart = shop(app, **SECURE)
    db = Mongo(chart, "carts-db", CARTS)
    Worker(chart, "carts", WORKER, uses=[db.read_write()])
    result = drawn(app)
    authority = "/etc/authorities/carts-db-svc/ca.crt"
    found = env(result, "carts")
    assert found["CARTS_DB_CA_FILE"] == authority
    assert found["CARTS_DB_URL"].endswith(f"/carts?tls=true&tlsCAFile={authority}&authSource=carts&replicaSet=carts-db")
    volumes = result.one("Deployment", "carts")["spec"]["template"]["spec"]["volumes"]
    (mounted,) = (each["secret"] for each in volumes if "secret" in each)
    assert mounted == {"secretName": "carts-db-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}


def test_a_distributed_authority_serves_other_namespaces(app: App) -> None:
    authority = ConfigKey("internal-ca", "ca.crt", external=True)
    certificates = CertManager(issuer="internal-ca", authority=authority)
    db = Mongo(shop(app, certificate=ServiceCertificate(), certificates=certificates), "carts-db", CARTS)
    billing = KmopChart(app, "billing", namespace="billing")
    uses = [db.read_write(credentials=login("billing"))]
    Worker(billing, "billing", WORKER, uses=uses)
    result = drawn(app)
    assert env(result, "billing")["CARTS_DB_HOST"] == "carts-db-svc.shop.svc"
    volumes = result.one("Deployment", "billing")["spec"]["template"]["spec"]["volumes"]
    assert [each["configMap"]["name"] for each in volumes if "configMap" in each] == ["internal-ca"]


def test_a_secret_of_the_authority_is_read_in_its_namespace(app: App) -> None:
    db = Mongo(shop(app, **SECURE), "carts-db", CARTS)
    billing = KmopChart(app, "billing", namespace="billing")
    with pytest.raises(SpecError, match="'carts-db-tls' of its authority is in the namespace 'shop'"):
        Worker(billing, "billing", WORKER, uses=[db.read_write(credentials=login("billing"))])


def test_variables_stay_when_the_provider_changes() -> None:
    def variables(platform: Platform | None) -> set[str]:
        app = App()
        chart = shop(app) if platform is None else KmopChart(app, "shop", namespace="shop", platform=platform)
        admin = login("root", "mongo-root").password
        db = Mongo(chart, "carts-db", spec(users={"reports": REPORTS}, admin_password=admin))
        Worker(chart, "carts", WORKER, uses=[db.read_write()])
        Worker(chart, "reports", WORKER, uses=[db.read_only(user="reports")])
        result = synthesize(app)
        return {f"{name}/{each}" for name in ("carts", "reports") for each in env(result, name)}

    native = Platform(mongo=NativeMongoProvider(provision=PROVISION))
    assert variables(None) == variables(native)


def peers(result: Synthesized, policy: str) -> list[dict[str, Any]]:
    rules = result.one("NetworkPolicy", policy)["spec"].get("ingress", [])
    assert all(rule["ports"] == [{"port": 27017, "protocol": "TCP"}] for rule in rules)
    return [peer["podSelector"]["matchLabels"] for rule in rules for peer in rule["from"]]


def test_policies_admit_callers_and_members_alone(app: App) -> None:
    chart = shop(app)
    db = Mongo(chart, "carts-db", CARTS)
    Worker(chart, "carts", WORKER, uses=[db.read_write()])
    result = drawn(app)
    (caller,) = peers(result, "carts-db-svc")
    assert caller["app.kubernetes.io/name"] == "carts"
    assert peers(result, "carts-db-own") == [{"app": "carts-db-svc"}]


def test_a_caller_of_another_repository_is_admitted(app: App) -> None:
    Mongo(shop(app), "carts-db", CARTS, accepts=[Pods.of(namespace="billing", labels={"app": "billing"})])
    (rule,) = drawn(app).one("NetworkPolicy", "carts-db-svc")["spec"]["ingress"]
    (peer,) = rule["from"]
    assert peer["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "billing"}


def test_members_of_a_closed_namespace_reach_what_they_need(app: App) -> None:
    chart = shop(app)
    NativeNamespace(chart, "namespace")
    Mongo(chart, "carts-db", CARTS)
    *known, everything = drawn(app).one("NetworkPolicy", "carts-db-own")["spec"]["egress"]
    assert [{each["port"] for each in rule["ports"]} for rule in known] == [{53}, {27017}]
    assert everything["to"][0] == {"namespaceSelector": {}}, "the agents use the API server, whose address is not known"


def test_no_policy_is_drawn_without_isolation(app: App) -> None:
    Mongo(shop(app, isolation="off"), "carts-db", CARTS)
    assert "NetworkPolicy" not in {each["kind"] for each in drawn(app).objects}


def test_the_secret_of_the_operator_can_be_read(app: App) -> None:
    chart = shop(app)
    Mongo(chart, "carts-db", CARTS)
    uri = SecretKey("carts-db-carts-connection", "connectionString.standardSrv")
    Worker(chart, "import", WorkerSpec(image=IMAGE, env={"URI": uri}))
    assert "carts-db-carts-connection" not in str(drawn(app).required)

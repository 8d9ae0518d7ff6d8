"""What the operator cannot do is an error with the path, the field and what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    KmopChart,
    Mongo,
    MongoSpec,
    Platform,
    Provision,
    Schedule,
    SecretKey,
    SpecError,
    Text,
    UnsupportedError,
)
from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.providers.mongodb import MongoDbCommunity
from kmop_constructs.stores import S3, MongoUser, Pooler
from kmop_constructs.values.certificate import ServiceCertificate
from tests.providers.mongodb.stores import CARTS, LOGIN, PROVISION, drawn, login, provision, shop, spec

import pytest
from cdk8s import App

COPIES = Backup(schedule=Schedule("0 2 * * *"), keep=timedelta(days=14), to=S3("acme-backups"))


@pytest.mark.parametrize(
    ("given", "provided", "message"),
    [
        (CARTS, Provision(), "shop/carts-db: provision.storage: not set"),
        (spec(version="8.0"), PROVISION, "shop/carts-db: version: not a full version from 5.0 on"),
        (spec(version="4.4.29"), PROVISION, "shop/carts-db: version: not a full version from 5.0 on"),
        (CARTS, provision(instances=2), "shop/carts-db: provision.instances: not an odd number of members up to 7"),
        (CARTS, provision(instances=9), "shop/carts-db: provision.instances: not an odd number of members up to 7"),
        (
            CARTS,
            provision(instances=1, synchronous=True),
            "shop/carts-db: provision.synchronous: set for one member",
        ),
        (CARTS, provision(synchronous=False), "shop/carts-db: provision.synchronous: a majority of the members"),
        (CARTS, provision(pooler=Pooler()), "shop/carts-db: provision.pooler: MongoDB has none"),
        (CARTS, provision(backup=COPIES), "shop/carts-db: provision.backup: the operator makes no copies"),
        (
            spec(init_scripts={"10.js": Text("db.a.createIndex({b: 1});\n")}),
            PROVISION,
            "shop/carts-db: init_scripts: the operator runs no scripts, got 10.js",
        ),
        (spec(credentials=None), PROVISION, "shop/carts-db: credentials: not set, and the operator makes no password"),
        (
            spec(credentials=Credentials(user=SecretKey("a", "username"), password=SecretKey("a", "password"))),
            PROVISION,
            "shop/carts-db: credentials.user: the name of the user is not text",
        ),
        (spec(database="admin"), PROVISION, "shop/carts-db: database: the server itself uses this database"),
        (
            spec(settings={"wiredTigerJournalCompressor": "zlib"}),
            PROVISION,
            "shop/carts-db: settings: not an option of the configuration file of mongod",
        ),
        (spec(settings={"net.port": "27018"}), PROVISION, "shop/carts-db: settings: set by the operator itself"),
        (spec(settings={"net.tls.mode": "disabled"}), PROVISION, "shop/carts-db: settings: set by the operator itself"),
        (
            spec(settings={"slowms": "1", "operationProfiling.slowOpThresholdMs": "2"}),
            PROVISION,
            "shop/carts-db: settings: the same option as another one",
        ),
        (
            spec(users={"a": MongoUser(credentials=login("CARTS", "x"))}),
            PROVISION,
            "shop/carts-db: users: not unique in the names of Secrets, in which it is 'carts'",
        ),
        (
            spec(credentials=login("carts", "carts-db-carts-connection")),
            PROVISION,
            "shop/carts-db: users: the Secret of a password has the name of the Secret that the operator makes",
        ),
        (spec(credentials=login("!", "x")), PROVISION, "shop/carts-db: users: has no letter or digit"),
    ],
)
def test_what_the_operator_cannot_do_is_an_error(app: App, given: MongoSpec, provided: Provision, message: str) -> None:
    with pytest.raises(SpecError) as raised:
        Mongo(shop(app, provided), "carts-db", given)
    assert str(raised.value).startswith(message)


def test_a_refused_backup_names_the_alternatives(app: App) -> None:
    with pytest.raises(UnsupportedError, match=r"Ops Manager, Percona.*KubeDB.*leaves_out=\('backup',\)"):
        Mongo(shop(app, provision(backup=COPIES)), "carts-db", CARTS)


@pytest.mark.parametrize(
    ("more", "because"),
    [
        ({"leaves_out": ("backup",)}, "as leaves_out of the platform's provider says"),
        ({"accepts_missing": {"backup": "Velero copies the volumes"}}, "because Velero copies the volumes"),
    ],
)
def test_a_backup_is_left_out_by_a_word(
    app: App, caplog: pytest.LogCaptureFixture, more: dict[str, Any], because: str
) -> None:
    Mongo(shop(app, provision(backup=COPIES), **more), "carts-db", CARTS)
    drawn(app)
    assert [each for each in caplog.messages if "[left-out]" in each and because in each]


def test_a_name_too_long_for_its_pods_is_an_error(app: App) -> None:
    with pytest.raises(SpecError, match="name: too long for a StatefulSet"):
        Mongo(shop(app), "a" * 53, CARTS)


@pytest.mark.parametrize(("field", "value"), [("path", "/etc/mongo"), ("mode", 0o440)])
def test_files_of_the_operator_have_its_own_places(field: str, value: object) -> None:
    certificate = ServiceCertificate(**{field: value})  # type: ignore[arg-type]
    with pytest.raises(SpecError, match=rf"MongoDbCommunity\.certificate\.{field}: has no effect"):
        MongoDbCommunity(certificate=certificate)


def test_a_certificate_needs_a_provider(app: App) -> None:
    with pytest.raises(UnsupportedError, match="shop/carts-db: certificate.secret: not set"):
        Mongo(shop(app, certificate=ServiceCertificate()), "carts-db", CARTS)


def test_members_with_a_certificate_need_a_namespace(app: App) -> None:
    provider = MongoDbCommunity(provision=PROVISION, certificate=ServiceCertificate())
    chart = KmopChart(app, "shop", platform=Platform(mongo=provider, certificates=CertManager(issuer="internal-ca")))
    with pytest.raises(
        SpecError, match="shop/carts-db: certificate: members verify each other by names with the names"
    ):
        Mongo(chart, "carts-db", CARTS)


def test_a_chart_without_a_namespace_has_a_store_too(app: App) -> None:
    chart = KmopChart(app, "shop", platform=Platform(mongo=MongoDbCommunity(provision=PROVISION)))
    Mongo(chart, "carts-db", CARTS)
    assert "namespace" not in drawn(app).one("RoleBinding")["subjects"][0]


@pytest.mark.parametrize("roles", [("root",), ("userAdmin",), ("dbOwner",), ()])
def test_roles_that_grant_roles_are_refused(roles: Any) -> None:
    with pytest.raises(SpecError, match=r"MongoUser\.roles"):
        MongoUser(credentials=LOGIN, roles=roles)


def test_the_name_of_a_user_is_text() -> None:
    with pytest.raises(SpecError, match=r"MongoUser\.credentials: the name of the user is not text"):
        MongoUser(credentials=Credentials(user=SecretKey("a", "b"), password=SecretKey("a", "c")))


def test_users_have_the_type_of_mongodb() -> None:
    with pytest.raises(SpecError, match=r"MongoSpec\.users\['a'\]"):
        MongoSpec(version="8.0.13", users={"a": LOGIN})  # type: ignore[dict-item]


def test_no_password_is_in_a_message() -> None:
    with pytest.raises(SpecError) as raised:
        spec(admin_password="s3cret")
    assert "s3cret" not in str(raised.value)

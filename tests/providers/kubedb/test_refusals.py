"""What KubeDB cannot do is an error with the path, the field and what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    Credentials,
    KmopChart,
    MySql,
    Provision,
    Schedule,
    SecretKey,
    SpecError,
    Text,
    UnsupportedError,
    Worker,
)
from kmop_constructs.providers.kubedb import KubeDbPostgres, KubeDbRedis, KubeDbTls
from kmop_constructs.stores import S3, FromBackup, MongoUser, Pooler
from kmop_constructs.variables import RedisSentinel
from tests.providers.kubedb.stores import (
    FRONTS,
    KINDS,
    PROVIDERS,
    PROVISION,
    SPECS,
    TLS,
    WORKER,
    drawn,
    login,
    platform,
    provision,
    shop,
    store,
)

import pytest
from cdk8s import App

COPIES = Backup(schedule=Schedule("0 2 * * *"), keep=timedelta(days=14), to=S3("acme-backups"))
USERS = ("Postgres", "MySQL", "MariaDB", "MongoDB")
NO_USER = Credentials(password=SecretKey("a", "password"))
ADMINS = {"Postgres": "postgres", "MySQL": "root", "MariaDB": "root", "MongoDB": "root"}
every_kind = pytest.mark.parametrize("kind", KINDS)


def message(app: App, kind: str, provided: Provision = PROVISION, spec: Any = None, **given: Any) -> str:
    with pytest.raises(SpecError) as raised:
        store(shop(app, kind, provided, given), kind, spec)
    return str(raised.value)


@every_kind
def test_a_store_needs_the_size_of_its_claim(app: App, kind: str) -> None:
    assert message(app, kind, Provision()).startswith("shop/orders-db: provision.storage: not set")


@every_kind
@pytest.mark.parametrize("version", ["17", "latest", "17.x"])
def test_a_version_is_an_entry_of_the_catalog(app: App, kind: str, version: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], version=version))
    assert found.startswith("shop/orders-db: version: not ")
    assert "versions={" in found


@every_kind
def test_a_pooler_is_another_resource(app: App, kind: str) -> None:
    found = message(app, kind, provision(pooler=Pooler()))
    assert found.startswith("shop/orders-db: provision.pooler: a pooler of KubeDB is a resource of its own")


@every_kind
def test_a_refused_backup_names_those_that_make_one(app: App, kind: str) -> None:
    found = message(app, kind, provision(backup=COPIES))
    assert found.startswith("shop/orders-db: provision.backup: KubeDB's databases are copied by KubeStash")
    assert "CloudNativePg" in found
    assert "leaves_out=('backup',)" in found


@every_kind
@pytest.mark.parametrize(
    ("given", "more", "because"),
    [
        ({"leaves_out": ("backup",)}, {}, "as leaves_out of the platform's provider says"),
        ({}, {"accepts_missing": {"backup": "KubeStash copies it"}}, "because KubeStash copies it"),
    ],
)
def test_a_backup_is_left_out_by_a_word(
    app: App, caplog: pytest.LogCaptureFixture, kind: str, given: Any, more: Any, because: str
) -> None:
    store(shop(app, kind, provision(backup=COPIES), given, **more), kind)
    drawn(app)
    assert [each for each in caplog.messages if "[left-out]" in each and because in each]


@pytest.mark.parametrize("kind", USERS)
def test_the_superuser_is_given_by_an_option_alone(app: App, kind: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], credentials=None))
    assert found.startswith("shop/orders-db: credentials: not set, and the only login that KubeDB makes is that of the")
    assert "superuser=True" in found


@pytest.mark.parametrize("kind", USERS)
def test_an_application_is_not_the_administrator(app: App, kind: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], credentials=login(ADMINS[kind])))
    assert found.startswith("shop/orders-db: credentials.user: the administrator, or a user of KubeDB itself")


@pytest.mark.parametrize("kind", USERS)
def test_a_login_has_a_user(app: App, kind: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], credentials=NO_USER))
    assert found.startswith("shop/orders-db: credentials.user: not set")


@every_kind
def test_kubedb_reads_two_keys_of_a_login(app: App, kind: str) -> None:
    field = "password" if kind in ("Redis", "Elasticsearch") else "admin_password"
    spec = replace(SPECS[kind], **{field: SecretKey("root", "pw")})
    assert message(app, kind, spec=spec).startswith(f"shop/orders-db: {field}: not the key of a password")


@pytest.mark.parametrize(
    ("kind", "longest"),
    [("Postgres", 51), ("MySQL", 51), ("MariaDB", 32), ("MongoDB", 51), ("Redis", 42), ("Elasticsearch", 51)],
)
def test_names_are_short_enough_for_others(app: App, kind: str, longest: int) -> None:
    """KubeDB cuts longer names of Secrets, and its webhook refuses longer names of a MariaDB."""
    chart = shop(app, kind)
    front = FRONTS[kind]
    front(chart, "a" * longest, SPECS[kind])
    with pytest.raises(SpecError, match=f"name: too long for a {kind} of KubeDB"):
        front(chart, "b" * (longest + 1), SPECS[kind])


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("Postgres", {"instances": 2}, "instances: an even number, to which KubeDB adds a pod"),
        ("Postgres", {"instances": 1, "synchronous": True}, "synchronous: set for one instance"),
        ("MySQL", {"instances": 4}, "instances: not an odd number of members up to 9"),
        ("MySQL", {"instances": 11}, "instances: not an odd number of members up to 9"),
        ("MySQL", {"synchronous": False}, "synchronous: members of MySQL agree on each transaction"),
        ("MySQL", {"instances": 1, "synchronous": True}, "synchronous: set for one instance"),
        ("MariaDB", {"instances": 2}, "instances: not an odd number of members,"),
        ("MariaDB", {"synchronous": False}, "synchronous: members of MariaDB agree on each transaction"),
        ("MongoDB", {"instances": 2}, "instances: not an odd number of members up to 7"),
        ("MongoDB", {"instances": 9}, "instances: not an odd number of members up to 7"),
        ("MongoDB", {"synchronous": False}, "synchronous: a majority of the members acknowledges"),
        ("MongoDB", {"instances": 1, "synchronous": True}, "synchronous: set for one member"),
        ("Redis", {"instances": 1}, "instances: too few for the form 'sentinel'"),
        ("Redis", {"synchronous": True}, "synchronous: Redis acknowledges a write before a replica"),
        ("Elasticsearch", {"instances": 2}, "instances: two nodes"),
        ("Elasticsearch", {"synchronous": True}, "synchronous: Elasticsearch waits for the copies"),
    ],
)
def test_a_setting_that_a_group_lacks_is_an_error(app: App, kind: str, more: dict[str, Any], expected: str) -> None:
    assert message(app, kind, provision(**more)).startswith(f"shop/orders-db: provision.{expected}")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Postgres", "ssl_ca_file"),
        ("Postgres", "synchronous_standby_names"),
        ("MySQL", "gtid-mode"),
        ("MySQL", "loose_group_replication_group_name"),
        ("MariaDB", "wsrep_cluster_name"),
        ("MongoDB", "net.tls.mode"),
        ("Redis", "tls-port"),
        ("Elasticsearch", "discovery.seed_hosts"),
        ("Elasticsearch", "xpack.security.enabled"),
    ],
)
def test_settings_of_kubedb_itself_are_refused(app: App, kind: str, name: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], settings={name: "1"}))
    assert found.startswith("shop/orders-db: settings: set by ")


@pytest.mark.parametrize("kind", ["Postgres", "MySQL", "MariaDB", "Redis", "Elasticsearch"])
def test_a_setting_has_one_line(app: App, kind: str) -> None:
    name = "action.destructive_requires_name" if kind == "Elasticsearch" else "timeout"
    found = message(app, kind, spec=replace(SPECS[kind], settings={name: "1\nport 1"}))
    assert found.startswith(f"shop/orders-db: settings: {name!r} has more than one line")


@every_kind
def test_a_setting_has_a_name(app: App, kind: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], settings={"a b": "1"}))
    assert found.startswith("shop/orders-db: settings: not ")


@pytest.mark.parametrize("kind", USERS)
@pytest.mark.parametrize(("name", "expected"), [("10.txt", "not a script that KubeDB runs"), ("10.py", "not a script")])
def test_a_script_has_an_ending_that_kubedb_runs(app: App, kind: str, name: str, expected: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], init_scripts={name: Text("")}))
    assert found.startswith(f"shop/orders-db: init_scripts: {expected}")


@pytest.mark.parametrize(("kind", "name"), [("Postgres", "00-a.sql"), ("MongoDB", "00-a.js")])
def test_a_script_runs_after_that_of_the_users(app: App, kind: str, name: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], init_scripts={name: Text("")}))
    assert found.startswith("shop/orders-db: init_scripts: the name sorts before '00-application")


def test_a_recovery_names_the_provider_that_has_it(app: App) -> None:
    spec = replace(SPECS["Postgres"], generation=2, recovery=FromBackup(1))
    assert "name CloudNativePg, which recovers" in message(app, "Postgres", spec=spec)


def test_a_generation_is_refused(app: App) -> None:
    found = message(app, "Postgres", spec=replace(SPECS["Postgres"], generation=2))
    assert found.startswith("shop/orders-db: generation: KubeDB has one store")
    assert "leaves_out=('generation',)" in found


def test_users_of_mongodb_need_credentials_too(app: App) -> None:
    spec = replace(SPECS["MongoDB"], credentials=None, users={"reports": MongoUser(credentials=login("reports"))})
    found = message(app, "MongoDB", spec=spec, superuser=True)
    assert found.startswith("shop/orders-db: users: set without credentials")


def test_a_script_of_mongosh_needs_a_server_that_has_it(app: App) -> None:
    found = message(app, "MongoDB", spec=replace(SPECS["MongoDB"], version="5.0.31"))
    assert found.startswith("shop/orders-db: version: older than 6.0")


@pytest.mark.parametrize("version", ["9.2", "9"])
def test_elasticsearch_has_whole_versions(app: App, version: str) -> None:
    found = message(app, "Elasticsearch", spec=replace(SPECS["Elasticsearch"], version=version))
    assert found.startswith("shop/orders-db: version: not ")


@every_kind
def test_certificates_need_an_enterprise_licence(kind: str) -> None:
    """https://github.com/kubedb/docs/blob/v2026.7.10/docs/guides/postgres/tls/overview/index.md"""
    _, provider = PROVIDERS[kind]
    with pytest.raises(UnsupportedError, match=r"\.tls: KubeDB orders certificates under an enterprise licence alone"):
        provider(tls=TLS)


@every_kind
def test_certificates_need_a_namespace(app: App, kind: str) -> None:
    chart = KmopChart(app, "shop", platform=platform(kind, given={"tls": TLS}))
    with pytest.raises(SpecError, match="orders-db: tls: instances verify each other by names with the namespace"):
        store(chart, kind)


@pytest.mark.parametrize("kind", [each for each in KINDS if each != "Redis"])
def test_a_chart_without_a_namespace_has_a_store_too(app: App, kind: str) -> None:
    store(KmopChart(app, "shop", platform=platform(kind)), kind)
    assert "namespace" not in drawn(app).one(kind, "orders-db")["metadata"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"form": "sharded"}, r"KubeDbRedis\.form"),
        ({"shards": 3}, r"KubeDbRedis\.shards: has no effect with the form 'sentinel'"),
        ({"form": "cluster", "shards": 2}, r"KubeDbRedis\.shards"),
        ({"licence": "free"}, r"KubeDbRedis\.licence"),
        ({"deletion": "Keep"}, r"KubeDbRedis\.deletion"),
        ({"leaves_out": ("storage",)}, r"KubeDbRedis\.leaves_out"),
        ({"versions": {"7": 8}}, r"KubeDbRedis\.versions"),
        ({"placement": ""}, r"KubeDbRedis\.placement"),
    ],
)
def test_a_wrong_option_is_an_error(more: dict[str, Any], expected: str) -> None:
    with pytest.raises(SpecError, match=expected):
        KubeDbRedis(**more)


@pytest.mark.parametrize("more", [{"issuer": "Internal CA"}, {"issuer": "ca", "kind": "VaultIssuer"}])
def test_an_issuer_is_one_of_cert_manager(more: dict[str, Any]) -> None:
    with pytest.raises(SpecError, match=r"KubeDbTls\.(issuer|kind)"):
        KubeDbTls(more.pop("issuer"), **more)


def test_no_password_is_in_a_message() -> None:
    with pytest.raises(SpecError) as raised:
        KubeDbPostgres(superuser="s3cret")  # type: ignore[arg-type]
    assert "KubeDbPostgres.superuser" in str(raised.value)


@pytest.mark.parametrize("kind", USERS)
@pytest.mark.parametrize("named", [False, True])
def test_the_password_of_the_superuser_is_no_callers(app: App, kind: str, *, named: bool) -> None:
    secret = "root-login" if named else "orders-db-auth"
    login = Credentials(user="orders", password=SecretKey(secret, "password", external=True))
    admin = SecretKey("root-login", "password") if named else None
    found = message(app, kind, spec=replace(SPECS[kind], credentials=login, admin_password=admin))
    assert (
        f"credentials.password: the password of the superuser, so that every caller would have it, got '{secret}'"
        in found
    )


@pytest.mark.parametrize(
    ("kind", "version"),
    [
        ("MySQL", "8.4"),
        ("MySQL", "xpack-8.4.8"),
        ("MariaDB", "11.8"),
        ("MongoDB", "8.0"),
        ("Postgres", "valkey-17.9"),
        ("Postgres", "17.9-Foo bar"),
        ("Redis", "8.2"),
        ("Elasticsearch", "valkey-9.2.3"),
    ],
)
def test_a_version_is_the_name_of_an_entry_of_its_catalog(app: App, kind: str, version: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], version=version))
    assert f"version: not the name of an entry of KubeDB's catalog, which has full versions, got {version!r}" in found


def test_names_of_other_objects_are_names(app: App) -> None:
    with pytest.raises(SpecError, match=r"KubeDbPostgres.versions: not a valid name, got 'The newest!'"):
        KubeDbPostgres(versions={"17": "The newest!"})
    with pytest.raises(SpecError, match=r"KubeDbPostgres.placement: not a valid name, got 'Over zones'"):
        KubeDbPostgres(placement="Over zones")


@pytest.mark.parametrize(
    ("kind", "version", "given", "expected"),
    [
        ("MariaDB", "10.4.32", {"tls": TLS}, "version: older than 10.5.2, which cannot require TLS"),
        ("Redis", "5.0.14", {"tls": TLS, "form": "standalone"}, "version: older than 6.0, which has no TLS"),
        ("Redis", "6.0.20", {}, "version: older than 6.2.5, with Sentinels"),
    ],
)
def test_what_old_versions_lack_is_refused(
    app: App, kind: str, version: str, given: dict[str, Any], expected: str
) -> None:
    """What the webhooks refuse: https://github.com/kubedb/apimachinery/tree/v0.66.0/pkg/webhooks/kubedb/v1."""
    given = {"provided": PROVISION.overridden(Provision(instances=1)), **given} if "form" in given else given
    assert expected in message(app, kind, spec=replace(SPECS[kind], version=version), **given)


def test_a_mysql_of_the_fifth_line_has_a_short_name(app: App) -> None:
    chart = shop(app, "MySQL")
    with pytest.raises(
        SpecError, match=r"name: too long for MySQL 5, which takes at most 60 characters of 'a-database"
    ):
        MySql(chart, "a-database-with-a-long-name", replace(SPECS["MySQL"], version="5.7.44"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Postgres", "SSL"),
        ("Postgres", "include_dir"),
        ("MySQL", "skip-grant-tables"),
        ("MySQL", "loose-skip-log-bin"),
        ("MySQL", "log_replica_updates"),
        ("MariaDB", "disable-log-bin"),
    ],
)
def test_a_setting_of_kubedb_is_refused_in_every_spelling(app: App, kind: str, name: str) -> None:
    found = message(app, kind, spec=replace(SPECS[kind], settings={name: "1"}))
    assert f"settings: set by KubeDB itself, got {name!r}" in found


def test_a_setting_that_only_begins_alike_is_drawn(app: App) -> None:
    store(shop(app, "MySQL"), "MySQL", replace(SPECS["MySQL"], settings={"skip_name_resolve": "ON"}))
    drawn(app)


def test_sentinels_with_tls_require_a_certificate_of_callers(app: App) -> None:
    chart = shop(app, "Redis", given={"tls": TLS})
    db = store(chart, "Redis")
    with pytest.raises(SpecError, match="with TLS the Sentinels ask callers for a certificate of their own"):
        Worker(chart, "cart", WORKER, uses=[db.read_write(env=RedisSentinel("SPRING_DATA_REDIS"))])

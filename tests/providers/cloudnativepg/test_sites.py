"""One PostgreSQL in several clusters: who writes, who follows, and how one takes over from the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    CheckError,
    CloudIdentity,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Peers,
    Platform,
    Pods,
    Postgres,
    PostgresSpec,
    Provision,
    Redis,
    RedisSpec,
    Resources,
    Schedule,
    Size,
    SpecError,
    UnsupportedError,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.aws import AwsIrsa
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.native import NativePostgresProvider, NativeRedisProvider
from kmop_constructs.stores import S3, DatabaseUser, FromBackup, Promotion, Sites, VolumeSnapshots
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

IMAGE = Image("ghcr.io/acme/orders:1.4.2")


def bucket(name: str, **more: Any) -> S3:
    keys = ExistingSecret(f"bucket-{name}")
    given: dict[str, Any] = {"access_key": keys.key("id"), "secret_access_key": keys.key("secret"), **more}
    return S3(f"acme-{name}", folder="{cluster}/{namespace}", **given)


COPIES = {"eu-1": bucket("eu-1"), "eu-2": bucket("eu-2")}
SITES = Sites(primary="eu-1", copies=COPIES)
BACKUP = Backup(schedule=Schedule("@daily"), keep=timedelta(days=14))
ORDERS = PostgresSpec(
    version="17.6", credentials=Credentials(user="orders", password=ExistingSecret("orders-db").key("password"))
)
TOKEN = "eyJkYXRhYmFzZVN5c3RlbUlkZW50aWZpZXIiOiI3In0="
PROVISION = Provision(storage=Size.gib(20), resources=Resources.of("1", "2Gi"), backup=BACKUP, sites=SITES)


def shop(app: App, name: str = "eu-1", *, provision: Provision = PROVISION, **more: Any) -> KmopChart:
    platform = Platform(name=name, postgres=CloudNativePg(provision=provision), **more)
    return KmopChart(app, f"shop-{name}", namespace="shop", platform=platform)


def drawn(name: str, sites: Sites = SITES, spec: PostgresSpec = ORDERS, **more: Any) -> Synthesized:
    """What is drawn for one of the clusters."""
    app = App()
    Postgres(shop(app, name, provision=replace(PROVISION, sites=sites, **more)), "orders-db", spec)
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def cluster(name: str, sites: Sites = SITES, **more: Any) -> dict[str, Any]:
    return drawn(name, sites, **more).one("Cluster", "orders-db")["spec"]


def test_the_cluster_that_writes_begins_empty_and_knows_the_other() -> None:
    spec = cluster("eu-1")
    assert "initdb" in spec["bootstrap"]
    assert spec["replica"] == {"self": "eu-1", "primary": "eu-1", "source": "eu-2"}
    assert [each["name"] for each in spec["externalClusters"]] == ["eu-1", "eu-2"]


def test_the_other_cluster_begins_with_its_copies_and_follows() -> None:
    spec = cluster("eu-2")
    assert spec["replica"] == {"self": "eu-2", "primary": "eu-1", "source": "eu-1"}
    assert spec["bootstrap"] == {
        "recovery": {
            "source": "eu-1",
            "database": "orders_db",
            "owner": "orders",
            "secret": {"name": "orders-db"},
        }
    }
    parameters = {each["name"]: each["plugin"]["parameters"] for each in spec["externalClusters"]}
    assert parameters == {
        "eu-1": {"barmanObjectName": "orders-db-eu-1", "serverName": "orders-db"},
        "eu-2": {"barmanObjectName": "orders-db", "serverName": "orders-db"},
    }


def test_each_cluster_writes_to_its_bucket_and_reads_the_others() -> None:
    result = drawn("eu-2")
    stores = {each["metadata"]["name"]: each["spec"] for each in result.pick("ObjectStore")}
    paths = {name: each["configuration"]["destinationPath"] for name, each in stores.items()}
    assert paths == {"orders-db": "s3://acme-eu-2/eu-2/shop/", "orders-db-eu-1": "s3://acme-eu-1/eu-1/shop/"}
    assert stores["orders-db"]["retentionPolicy"] == "14d"
    assert "retentionPolicy" not in stores["orders-db-eu-1"]
    (plugin,) = result.one("Cluster")["spec"]["plugins"]
    assert plugin["parameters"]["barmanObjectName"] == "orders-db"


def test_users_are_drawn_in_every_cluster() -> None:
    """The operator leaves them pending until the cluster writes, and then makes them."""
    login = Credentials(user="reports", password=ExistingSecret("reports").key("password"))
    result = drawn("eu-2", spec=replace(ORDERS, users={"reports": DatabaseUser(credentials=login)}))
    assert [each["spec"]["name"] for each in result.pick("DatabaseRole")] == ["reports"]


def test_a_promotion_without_a_token_stops_the_writer_alone() -> None:
    """A cluster that began to write now would lose what the other one has not handed over."""
    sites = replace(SITES, promotion=Promotion("eu-2"))
    assert cluster("eu-1", sites)["replica"] == {"self": "eu-1", "primary": "eu-2", "source": "eu-2"}
    assert cluster("eu-2", sites) == cluster("eu-2")


def test_a_token_lets_the_other_cluster_write() -> None:
    sites = replace(SITES, promotion=Promotion("eu-2", tokens={"orders-db": TOKEN}))
    former, now = cluster("eu-1", sites), cluster("eu-2", sites)
    assert now["replica"] == {"self": "eu-2", "primary": "eu-2", "source": "eu-1", "promotionToken": TOKEN}
    assert former["replica"] == {"self": "eu-1", "primary": "eu-2", "source": "eu-2"}


def test_a_store_without_its_token_waits() -> None:
    """A token is that of one database: the system identifier in it is compared."""
    sites = replace(SITES, promotion=Promotion("eu-2", tokens={"billing-db": TOKEN}))
    assert cluster("eu-2", sites) == cluster("eu-2")
    assert cluster("eu-1", sites)["replica"]["primary"] == "eu-2"


def test_a_lost_cluster_hands_over_nothing() -> None:
    sites = replace(SITES, promotion=Promotion("eu-2", without_token="eu-1 burned down"))
    assert cluster("eu-2", sites)["replica"] == {"self": "eu-2", "primary": "eu-2", "source": "eu-1"}
    assert cluster("eu-1", sites)["bootstrap"]["recovery"]["source"] == "eu-2"


def test_a_third_cluster_follows_the_writer() -> None:
    sites = Sites(primary="eu-1", copies={**COPIES, "us-1": bucket("us-1")})
    assert cluster("us-1", sites)["replica"]["source"] == "eu-1"
    stopping = replace(sites, promotion=Promotion("eu-2"))
    assert cluster("us-1", stopping)["replica"]["source"] == "eu-1"
    moved = replace(sites, promotion=Promotion("eu-2", tokens={"orders-db": TOKEN}))
    assert cluster("us-1", moved)["replica"] == {"self": "us-1", "primary": "eu-2", "source": "eu-2"}


def test_a_recovered_generation_is_followed_too() -> None:
    spec = replace(ORDERS, generation=2, recovery=FromBackup(1, keep_source=False))
    first, second = (drawn(each, spec=spec).one("Cluster", "orders-db-2")["spec"] for each in ("eu-1", "eu-2"))
    assert first["bootstrap"]["recovery"]["source"] == "orders-db"
    assert [each["name"] for each in first["externalClusters"]] == ["orders-db", "eu-1", "eu-2"]
    assert second["bootstrap"]["recovery"]["source"] == "eu-1"
    assert {each["plugin"]["parameters"]["serverName"] for each in second["externalClusters"]} == {"orders-db-2"}


def test_pods_reach_the_bucket_of_every_cluster(app: App) -> None:
    copies = {
        "eu-1": bucket("eu-1", endpoint="https://minio.eu-1.svc:9000", region="x"),
        "eu-2": bucket("eu-2", endpoint="https://minio.eu-2.svc:9001", region="x"),
    }
    sites = Sites(primary="eu-1", copies=copies)
    api = Peers(api_server=Pods.of(namespace="kube-system", port=6443))
    Postgres(shop(app, provision=replace(PROVISION, sites=sites), peers=api), "orders-db", ORDERS)
    policy = synthesize(app).one("NetworkPolicy", "orders-db-own")["spec"]
    namespaces = [
        peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name")
        for rule in policy["egress"]
        for peer in rule.get("to", [])
    ]
    assert {"eu-1", "eu-2"} <= set(namespaces)


def test_callers_that_write_are_a_notice_where_they_cannot(app: App) -> None:
    chart = shop(app, "eu-2")
    db = Postgres(chart, "orders-db", ORDERS)
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[db.read_write()])
    Worker(chart, "reports", WorkerSpec(image=IMAGE), uses=[db.read_only()])
    notices = [each for each in synthesize(app).notices if each.rule == "store-follows"]
    assert [each.path for each in notices] == ["shop-eu-2/orders"]
    assert "follows the one of the cluster 'eu-1'" in notices[0].message


def test_callers_of_the_cluster_that_writes_are_no_notice(app: App) -> None:
    chart = shop(app)
    Worker(chart, "orders", WorkerSpec(image=IMAGE), uses=[Postgres(chart, "orders-db", ORDERS).read_write()])
    assert "store-follows" not in {each.rule for each in synthesize(app).notices}


def test_the_only_instance_that_follows_may_be_read(app: App) -> None:
    chart = shop(app, "eu-2", provision=replace(PROVISION, instances=1))
    Worker(chart, "reports", WorkerSpec(image=IMAGE), uses=[Postgres(chart, "orders-db", ORDERS).read_only()])
    env = synthesize(app).one("Deployment", "reports")["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {"name": "ORDERS_DB_HOST", "value": "orders-db-rw"} in env


def test_two_clusters_do_not_write_to_one_folder(app: App) -> None:
    same = S3("acme", access_key=ExistingSecret("b").key("id"), secret_access_key=ExistingSecret("b").key("key"))
    sites = Sites(primary="eu-1", copies={"eu-1": same, "eu-2": same})
    for name in ("eu-1", "eu-2"):
        Postgres(shop(app, name, provision=replace(PROVISION, sites=sites)), "orders-db", ORDERS)
    with pytest.raises(CheckError, match=r"writes copies to s3 acme/orders-db.*\[copies-shared\]"):
        synthesize(app)


def test_one_identity_reads_every_bucket(app: App) -> None:
    identity = AwsIrsa(account_id="123456789012", region="eu-west-1")
    mixed = {"eu-1": S3("acme-eu-1"), "eu-2": S3("acme-eu-2", identity=CloudIdentity("other"))}
    chart = shop(app, provision=replace(PROVISION, sites=Sites(primary="eu-1", copies=mixed)), identity=identity)
    with pytest.raises(SpecError, match=r"sites: the buckets of the clusters name different identities"):
        Postgres(chart, "orders-db", ORDERS)


@pytest.mark.parametrize(
    ("name", "more", "spec", "match"),
    [
        ("us-1", {}, ORDERS, r"provision.sites: the platform is none of its clusters, eu-1, eu-2, got 'us-1'"),
        ("eu-1", {"backup": None}, ORDERS, r"provision.sites: provision.backup is not set"),
        (
            "eu-1",
            {"backup": replace(BACKUP, to=S3("another"))},
            ORDERS,
            r"backup.to: not the bucket of 'eu-1' in Sites.copies",
        ),
        ("eu-1", {}, replace(ORDERS, credentials=None), r"provision.sites: credentials is not set"),
    ],
)
def test_what_another_cluster_needs_is_required(name: str, more: Any, spec: PostgresSpec, match: str) -> None:
    with pytest.raises(SpecError, match=match):
        Postgres(shop(App(), name, provision=replace(PROVISION, **more)), "orders-db", spec)


def refuse(match: str, **more: Any) -> None:
    given: dict[str, Any] = {"primary": "eu-1", "copies": COPIES, **more}
    with pytest.raises(SpecError, match=match):
        Sites(**given)


def test_values_that_contradict_each_other_are_errors() -> None:
    refuse(r"Sites.primary: not one of the clusters in copies, eu-1, eu-2, got 'us-1'", primary="us-1")
    refuse(r"Sites.copies: fewer than two clusters, got 'eu-1'", copies={"eu-1": bucket("eu-1")})
    refuse(r"snapshots stay in their cluster", copies={**COPIES, "eu-2": VolumeSnapshots("csi")})
    refuse(r"has \{region\}, which is not known", copies={**COPIES, "eu-2": S3("acme", folder="{region}")})
    refuse(r"Sites.promotion.to: the cluster that writes already, got 'eu-1'", promotion=Promotion("eu-1"))
    with pytest.raises(SpecError, match=r"Promotion: tokens and without_token are both set"):
        Promotion("eu-2", tokens={"orders-db": TOKEN}, without_token="lost")
    with pytest.raises(SpecError, match=r"Promotion.tokens\['orders-db'\]: not a token, which is base64"):
        Promotion("eu-2", tokens={"orders-db": "not a token"})


def test_a_provider_of_one_cluster_names_those_of_several(app: App) -> None:
    platform = Platform(
        name="eu-1", postgres=NativePostgresProvider(provision=Provision(storage=Size.gib(5), sites=SITES))
    )
    with pytest.raises(
        UnsupportedError, match=r"shop/orders-db: provision.sites: NativePostgresProvider keeps .* CloudNativePg"
    ):
        Postgres(KmopChart(app, "shop", namespace="shop", platform=platform), "orders-db", ORDERS)


def test_no_provider_of_redis_keeps_several_clusters(app: App) -> None:
    platform = Platform(name="eu-1", redis=NativeRedisProvider(provision=Provision(sites=SITES)))
    with pytest.raises(UnsupportedError, match=r"provision.sites: .*remove it, no provider does"):
        Redis(KmopChart(app, "shop", namespace="shop", platform=platform), "sessions", RedisSpec(version="7.4"))


def test_a_platform_may_accept_one_cluster_with_a_reason(app: App) -> None:
    platform = Platform(
        name="eu-1",
        redis=NativeRedisProvider(provision=Provision(sites=SITES)),
        accepts_missing={"sites": "a cache begins empty"},
    )
    Redis(KmopChart(app, "shop", namespace="shop", platform=platform), "sessions", RedisSpec(version="7.4"))
    (notice,) = [each for each in synthesize(app).notices if each.rule == "left-out"]
    assert "sites of its provision is left out, because a cache begins empty" in notice.message

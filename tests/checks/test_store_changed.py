"""The record of stores, and changes that data does not follow."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from kmop_constructs import (
    Backup,
    CheckError,
    Credentials,
    Identity,
    Image,
    KmopChart,
    Mongo,
    MongoSpec,
    NativeNamespace,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Redis,
    RedisSpec,
    Schedule,
    SecretKey,
    Size,
    SpecError,
    allow,
)
from kmop_constructs.outputs import record_stores
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.existing import ExistingPostgres, ExistingStoreProvider
from kmop_constructs.providers.kubedb import KubeDbRedis
from kmop_constructs.providers.native import (
    NativeDataOptions,
    NativeMongoProvider,
    NativePostgres,
    NativePostgresProvider,
)
from kmop_constructs.providers.redis_operator import OpsTreeRedis
from kmop_constructs.providers.redis_operator.names import Form
from kmop_constructs.stores import S3, Dump, DumpSpec, FromBackup, Promotion, Sites
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App

KEY = SecretKey("db", "password", external=True)
LOGIN: dict[str, Any] = {
    "credentials": Credentials(user="shop", password=KEY),
    "admin_password": SecretKey("db", "admin", external=True),
}


def provision(size: int = 5, storage_class: str | None = None) -> Provision:
    return Provision(storage=Size.gib(size), storage_class=storage_class)


def native(size: int = 5, storage_class: str | None = None) -> Any:
    return NativePostgresProvider(provision=provision(size, storage_class), leaves_out=("generation",))


OPERATED = CloudNativePg(provision=Provision(storage=Size.gib(5), synchronous=True), leaves_out=("admin_password",))


def shop(
    file: Path, postgres: Any = None, version: str = "16.4", *, environment: str | None = None, **spec: Any
) -> tuple[App, Postgres]:
    app = App()
    platform = Platform(postgres=postgres or native(), stores_record=file, environment=environment)
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    login = LOGIN if not isinstance(postgres, CloudNativePg) else {}
    return app, Postgres(chart, "db", PostgresSpec(version=version, database="orders", **login, **spec))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The record of a native store of 5 GiB with PostgreSQL 16."""
    found = tmp_path / "stores.json"
    record_stores(shop(found)[0])
    return found


def test_the_record_has_where_the_data_is(file: Path) -> None:
    assert json.loads(file.read_text(encoding="utf-8")) == {
        "": {
            "shop/db": {
                "technology": "PostgreSQL",
                "provider": "NativePostgresProvider",
                "version": "16.4",
                "generation": 1,
                "storage": "5Gi",
                "storage_class": None,
                "holder": "db",
                "database": "orders",
                "owner": "shop",
            }
        }
    }


def test_what_is_recorded_is_no_finding(file: Path) -> None:
    assert "store-changed" not in {each.rule for each in synthesize(shop(file)[0]).notices}


@pytest.mark.parametrize(
    ("provider", "version", "message"),
    [
        (
            OPERATED,
            "16.4",
            "is drawn by CloudNativePg, which starts with an empty store; its data is in that of NativePostgresProvider; copy it first",
        ),
        (
            native(4),
            "16.4",
            "has volumes of 4Gi, less than the 5Gi that they have: a volume can only grow; keep the size",
        ),
        (
            native(),
            "17.6",
            "is PostgreSQL 17.6, which cannot read the files of 16.4; dump and restore it into another store",
        ),
        (
            native(),
            "15.2",
            "is PostgreSQL 15.2, older than the 16.4 that wrote its data, and cannot read it; keep the version",
        ),
    ],
    ids=["provider", "smaller", "major", "older"],
)
def test_what_data_does_not_follow_is_found(file: Path, provider: Any, version: str, message: str) -> None:
    app, _ = shop(file, provider, version)
    with pytest.raises(CheckError) as caught:
        synthesize(app)
    assert f"shop/db: {message}" in str(caught.value)
    assert "or allow 'store-changed' with how its data moves [store-changed]" in str(caught.value)


@pytest.mark.parametrize(("provider", "version"), [(native(50), "16.4"), (native(), "16.9")], ids=["larger", "patch"])
def test_what_data_follows_is_no_finding(file: Path, provider: Any, version: str) -> None:
    synthesize(shop(file, provider, version)[0])


def test_another_storage_class_is_found(tmp_path: Path) -> None:
    found = tmp_path / "stores.json"
    record_stores(shop(found, native(storage_class="fast"))[0])
    with pytest.raises(
        CheckError, match="has the StorageClass 'slow', and its volumes that of 'fast', which never changes"
    ):
        synthesize(shop(found, native(storage_class="slow"))[0])


def test_an_operator_that_upgrades_data_may_go_up(tmp_path: Path) -> None:
    found = tmp_path / "stores.json"
    record_stores(shop(found, OPERATED, "16.4")[0])
    synthesize(shop(found, OPERATED, "18.1")[0])
    with pytest.raises(CheckError, match="older than the 16.4"):
        synthesize(shop(found, OPERATED, "15.4")[0])


def test_an_earlier_generation_is_found(tmp_path: Path) -> None:
    found = tmp_path / "stores.json"
    record_stores(shop(found, OPERATED, generation=3)[0])
    with pytest.raises(CheckError, match="is generation 2, an earlier one than 3, whose data it does not have"):
        synthesize(shop(found, OPERATED, generation=2)[0])


COPIED = CloudNativePg(
    provision=Provision(
        storage=Size.gib(5),
        synchronous=True,
        backup=Backup(
            schedule=Schedule("@daily"), keep=timedelta(days=7), to=S3("acme", access_key=KEY, secret_access_key=KEY)
        ),
    )
)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The record of a store of CloudNativePG with copies."""
    found = tmp_path / "stores.json"
    record_stores(shop(found, COPIED)[0])
    return found


@pytest.mark.parametrize("recovery", [None, FromBackup(1, keep_source=False)], ids=["none", "source"])
def test_a_later_generation_keeps_the_earlier_at_first(copied: Path, recovery: FromBackup | None) -> None:
    """The old Cluster leaves the output, and its claims go with it."""
    what = "is generation 2, and generation 1, which has its data, leaves the app with its volumes; keep it until the new one is"
    with pytest.raises(CheckError, match=what):
        synthesize(shop(copied, COPIED, generation=2, recovery=recovery)[0])


def test_a_recovered_generation_goes_on_without_its_source(copied: Path) -> None:
    app, _ = shop(copied, COPIED, generation=2, recovery=FromBackup(1))
    synthesize(app)
    record_stores(app)
    synthesize(shop(copied, COPIED, generation=2, recovery=FromBackup(1, keep_source=False))[0])


def test_another_generation_than_the_recorded_is_no_source(copied: Path) -> None:
    record_stores(shop(copied, COPIED, generation=2, recovery=FromBackup(1))[0])
    with pytest.raises(CheckError, match="is generation 3, and generation 2, which has its data, leaves the app"):
        synthesize(shop(copied, COPIED, generation=3, recovery=FromBackup(1))[0])


def test_copies_are_those_of_one_major_version(copied: Path) -> None:
    what = "is PostgreSQL 17.6, which recovers no copies of 16.4: they are those of one major version; keep the major version"
    with pytest.raises(CheckError, match=what):
        synthesize(shop(copied, COPIED, "17.6", generation=2, recovery=FromBackup(1))[0])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"database": "sales"},
            "uses the database 'sales', which starts empty; its data is in 'orders'; keep the name",
        ),
        (
            {"credentials": Credentials(user="boss", password=KEY)},
            "has the user 'boss', and users are created with an empty store alone",
        ),
    ],
    ids=["database", "owner"],
)
@pytest.mark.parametrize("provider", [native(), OPERATED], ids=["native", "operated"])
def test_what_is_made_with_an_empty_store_is_kept(
    tmp_path: Path, provider: Any, spec: dict[str, Any], message: str
) -> None:
    """CloudNativePG reads initdb once, and so do the images their variables."""
    login: dict[str, Any] = {**LOGIN, "database": "orders"}

    def drawn(**changed: Any) -> App:
        app = App()
        platform = Platform(postgres=provider, stores_record=tmp_path / "stores.json")
        chart = KmopChart(app, "shop", namespace="shop", platform=platform)
        Postgres(chart, "db", PostgresSpec(version="16.4", **{**login, **changed}))
        return app

    record_stores(drawn())
    with pytest.raises(CheckError) as caught:
        synthesize(drawn(**spec))
    assert f"shop/db: {message}" in str(caught.value)


def redis(file: Path, form: Form, *, keeps_data: bool = True, kubedb: bool = False) -> App:
    app = App()
    provider = OpsTreeRedis(form=form, provision=provision())
    other = KubeDbRedis(licence="enterprise", form=form, provision=provision())
    platform = Platform(redis=other if kubedb else provider, stores_record=file)
    Redis(
        KmopChart(app, "shop", namespace="shop", platform=platform),
        "db",
        RedisSpec(version="7.0.15", keeps_data=keeps_data),
    )
    return app


@pytest.mark.parametrize("kubedb", [False, True], ids=["opstree", "kubedb"])
@pytest.mark.parametrize("form", ["cluster", "standalone"])
def test_another_form_of_a_redis_starts_empty(tmp_path: Path, form: Form, *, kubedb: bool) -> None:
    record_stores(redis(tmp_path / "stores.json", "sentinel", kubedb=kubedb))
    with pytest.raises(
        CheckError, match=f"has the form '{form}', which starts empty; its data is in the form 'sentinel'"
    ):
        synthesize(redis(tmp_path / "stores.json", form, kubedb=kubedb))


def test_a_store_that_keeps_no_data_any_more_is_found(tmp_path: Path) -> None:
    record_stores(redis(tmp_path / "stores.json", "sentinel"))
    with pytest.raises(CheckError, match=r"keeps no data any more \(keeps_data\), so that its data leaves the app"):
        synthesize(redis(tmp_path / "stores.json", "sentinel", keeps_data=False))


def test_a_cache_has_nothing_to_lose(tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    record_stores(redis(file, "sentinel", keeps_data=False))
    assert json.loads(file.read_text(encoding="utf-8"))[""]["shop/db"]["storage"] is None
    synthesize(redis(file, "cluster", keeps_data=False))
    app = App()
    NativeNamespace(KmopChart(app, "shop", namespace="shop", platform=Platform(stores_record=file)), "namespace")
    synthesize(app)


def test_another_name_of_a_stateful_set_is_found(file: Path) -> None:
    renamed = NativePostgresProvider(provision=provision(), options=NativeDataOptions(identity=Identity(name="pg")))
    with pytest.raises(
        CheckError, match="is held by 'pg', which has data of its own; its data is in 'db'; keep the name"
    ):
        synthesize(shop(file, renamed)[0])


def test_another_host_of_a_running_store_is_found(tmp_path: Path) -> None:
    file = tmp_path / "stores.json"

    def rented(host: str) -> App:
        running = ExistingPostgres(host, database="orders", credentials=LOGIN["credentials"])
        return shop(file, ExistingStoreProvider({"db": running}, leaves_out=("admin_password",)))[0]

    record_stores(rented("db1.acme.io"))
    with pytest.raises(CheckError, match=r"is held by .*db2\.acme\.io.*; its data is in .*db1\.acme\.io"):
        synthesize(rented("db2.acme.io"))


def test_a_cluster_that_gets_a_name_is_still_compared(file: Path) -> None:
    (notice,) = [
        each for each in synthesize(shop(file, environment="production")[0]).notices if each.rule == "store-changed"
    ]
    assert notice.message.startswith("is in the record of stores stores.json as one of a cluster without a name")
    with pytest.raises(CheckError, match="has volumes of 4Gi, less than the 5Gi"):
        synthesize(shop(file, native(4), environment="production")[0])


def in_cluster(file: Path, name: str, postgres: Any = None, *, chart: str = "shop", reason: str | None = None) -> App:
    app = App()
    platform = Platform(name=name, postgres=postgres or native(), stores_record=file)
    found = KmopChart(app, chart, namespace="shop", platform=platform)
    Postgres(found, "db", PostgresSpec(version="16.4", database="orders", **LOGIN))
    if reason is not None:
        allow(found, "store-changed", reason=reason)
    return app


@pytest.mark.parametrize("chart", ["shop", "shop-eu-2"])
def test_a_platform_with_another_name_is_found(tmp_path: Path, chart: str) -> None:
    """Charts of several clusters have ids of their own."""
    file = tmp_path / "stores.json"
    record_stores(in_cluster(file, "eu-1"))
    message = rf"{chart}/db of the cluster 'eu-2' may be the data that the record stores.json has for 'eu-1', which is not in the app"
    with pytest.raises(CheckError, match=message):
        synthesize(in_cluster(file, "eu-2", native(4), chart=chart))


def test_a_second_cluster_is_allowed_or_recorded(tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    record_stores(in_cluster(file, "eu-1"))
    synthesize(in_cluster(file, "eu-2", reason="a second cluster"))
    record_stores(in_cluster(file, "eu-2"))
    synthesize(in_cluster(file, "eu-2"))


def test_a_record_with_the_new_name_is_compared(tmp_path: Path) -> None:
    file = tmp_path / "stores.json"
    record_stores(in_cluster(file, "eu-1"))
    file.write_text(file.read_text(encoding="utf-8").replace('"eu-1"', '"eu-2"'), encoding="utf-8")
    synthesize(in_cluster(file, "eu-2"))
    with pytest.raises(CheckError, match="has volumes of 4Gi, less than the 5Gi"):
        synthesize(in_cluster(file, "eu-2", native(4)))


def direct(file: Path, size: int = 5, **platform: Any) -> tuple[App, NativePostgres]:
    app = App()
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(stores_record=file, **platform))
    image = Image("postgres:16.4")
    return app, NativePostgres(chart, "db", image=image, storage=Size.gib(size), database="orders", **LOGIN)


def test_native_pods_by_their_own_class_are_recorded(file: Path) -> None:
    """It is the same StatefulSet as that of the provider, so its data is the same."""
    recorded = file.read_text(encoding="utf-8")
    record_stores(direct(file)[0])
    assert file.read_text(encoding="utf-8") == recorded
    with pytest.raises(CheckError, match="has volumes of 4Gi, less than the 5Gi"):
        synthesize(direct(file, 4)[0])


def test_native_pods_by_their_own_class_need_a_backup(tmp_path: Path) -> None:
    app, db = direct(tmp_path / "stores.json", require_backups=True)
    with pytest.raises(CheckError, match="shop/db: has no backup, and the platform requires one"):
        synthesize(app)
    app, db = direct(tmp_path / "stores.json", require_backups=True)
    copies = Backup(
        schedule=Schedule("@daily"), keep=timedelta(days=7), to=S3("acme", access_key=KEY, secret_access_key=KEY)
    )
    Dump(cast("KmopChart", db.node.scope), "copies", db, DumpSpec(backup=copies, image=Image("postgres:16.4")))
    synthesize(app)


def test_mongodb_goes_up_one_version_at_a_time(tmp_path: Path) -> None:
    found = tmp_path / "stores.json"

    def carts(version: str) -> App:
        app = App()
        platform = Platform(mongo=NativeMongoProvider(provision=provision()), stores_record=found)
        Mongo(KmopChart(app, "shop", namespace="shop", platform=platform), "carts", MongoSpec(version=version, **LOGIN))
        return app

    record_stores(carts("6.0"))
    synthesize(carts("7.0"))
    with pytest.raises(CheckError, match="jumps from MongoDB 6.0 to 8.0, over a major version; upgrade one at a time"):
        synthesize(carts("8.0"))


def test_a_change_with_a_reason_is_drawn(file: Path) -> None:
    app, db = shop(file, OPERATED)
    allow(db, "store-changed", reason="dumped and restored on Friday")
    synthesize(app)


def test_a_store_that_moves_to_a_cloud_is_found(file: Path) -> None:
    cloud = ExistingPostgres("db.acme.io", database="orders", credentials=LOGIN["credentials"])
    provider = ExistingStoreProvider({"db": cloud}, leaves_out=("admin_password",))
    with pytest.raises(CheckError, match="is drawn by ExistingStoreProvider"):
        synthesize(shop(file, provider)[0])


def test_a_store_that_is_gone_is_found(file: Path) -> None:
    app = App()
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(postgres=native(), stores_record=file))
    Postgres(chart, "other", PostgresSpec(version="16.4", database="orders", **LOGIN))
    with pytest.raises(CheckError) as caught:
        synthesize(app)
    assert (
        "the store shop/db (PostgreSQL by NativePostgresProvider) is in the record stores.json and not in the app: with its objects "
        "its data is deleted; draw it again, or remove its entry when its data may go"
    ) in str(caught.value)


def test_a_new_store_is_a_notice(tmp_path: Path) -> None:
    (notice,) = [each for each in synthesize(shop(tmp_path / "stores.json")[0]).notices if each.rule == "store-changed"]
    assert notice.message == "is not in the record of stores stores.json; write it: outputs.record_stores(app)"


def test_entries_of_other_clusters_stay(file: Path) -> None:
    record_stores(shop(file, native(9), environment="production")[0])
    found = json.loads(file.read_text(encoding="utf-8"))
    assert {cluster: stores["shop/db"]["storage"] for cluster, stores in found.items()} == {
        "": "5Gi",
        "production": "9Gi",
    }


def test_a_record_is_written_although_it_differs(file: Path) -> None:
    """It is how a change that was carried out is recorded."""
    assert record_stores(shop(file, OPERATED)[0]) == (file,)
    synthesize(shop(file, OPERATED)[0])


def test_a_file_that_is_no_record_is_a_finding(file: Path) -> None:
    file.write_text("stores:\n", encoding="utf-8")
    with pytest.raises(CheckError, match=r"the record of stores stores.json cannot be read: .*write it again"):
        synthesize(shop(file)[0])


def test_a_record_that_is_a_folder_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match=r"the record of stores .* cannot be read: Is a directory; write it again"):
        synthesize(shop(tmp_path)[0])


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(SpecError, match=r"Cluster.stores_record: not an absolute path, got 'stores.json'"):
        Platform(stores_record="stores.json")


def in_two_clusters(file: Path, primary: str, promotion: Promotion | None = None) -> App:
    """The store of the cluster ``eu-2``."""
    copies = {name: S3(f"acme-{name}", access_key=KEY, secret_access_key=KEY) for name in ("eu-1", "eu-2")}
    sites = Sites(primary=primary, copies=copies, promotion=promotion)
    backup = Backup(schedule=Schedule("@daily"), keep=timedelta(days=7))
    provided = provision().overridden(Provision(synchronous=True, backup=backup, sites=sites))
    app = App()
    platform = Platform(name="eu-2", postgres=CloudNativePg(provision=provided), stores_record=file)
    chart = KmopChart(app, "shop", namespace="shop", platform=platform)
    Postgres(chart, "db", PostgresSpec(version="17.6", credentials=LOGIN["credentials"]))
    return app


def test_another_writer_without_a_promotion_is_found(tmp_path: Path) -> None:
    """Two clusters that write one database have two databases, and the data of one of them is lost."""
    file = tmp_path / "stores.json"
    record_stores(in_two_clusters(file, "eu-1"))
    assert json.loads(file.read_text(encoding="utf-8"))["eu-2"]["shop/db"]["primary"] == "eu-1"
    synthesize(in_two_clusters(file, "eu-1", Promotion("eu-2", tokens={"db": "e30="})))
    with pytest.raises(CheckError, match=r"is written in the cluster 'eu-2', and 'eu-1' may still write.*Promotion"):
        synthesize(in_two_clusters(file, "eu-2"))

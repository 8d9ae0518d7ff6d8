"""The record of stores, and changes that data does not follow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kmop_constructs import (
    CheckError,
    Credentials,
    KmopChart,
    Mongo,
    MongoSpec,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    SecretKey,
    Size,
    SpecError,
    allow,
)
from kmop_constructs.outputs import record_stores
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.existing import ExistingPostgres, ExistingStoreProvider
from kmop_constructs.providers.native import NativeMongoProvider, NativePostgresProvider
from kmop_constructs.stores import FromBackup
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


def test_a_later_generation_may_have_another_version(tmp_path: Path) -> None:
    found = tmp_path / "stores.json"
    record_stores(shop(found, OPERATED, "16.4")[0])
    synthesize(shop(found, OPERATED, "15.4", generation=2)[0])
    assert FromBackup(1).keep_source


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


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(SpecError, match=r"Cluster.stores_record: not an absolute path, got 'stores.json'"):
        Platform(stores_record="stores.json")

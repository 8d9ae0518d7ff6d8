"""Buckets of Velero: what its plugins read, and what they cannot be given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Addresses,
    Backup,
    CheckError,
    CloudIdentity,
    ExistingSecret,
    KmopChart,
    Operator,
    Platform,
    Postgres,
    PostgresSpec,
    Provision,
    Resources,
    Schedule,
    SecretKey,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.aws import AwsIrsa
from kmop_constructs.providers.cloudnativepg import CloudNativePg
from kmop_constructs.providers.velero import BackupLocation
from kmop_constructs.stores import S3, AzureBlob, GoogleStorage
from kmop_constructs.testing import synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

KEYS = ExistingSecret("backups")
CLOUD = SecretKey("cloud-credentials", "cloud")


def chart_of(app: App, name: str = "eu-1") -> KmopChart:
    return KmopChart(app, f"velero-{name}", namespace="velero", platform=Platform(name=name))


def location(app: App, to: Any, **more: Any) -> dict[str, Any]:
    BackupLocation(chart_of(app), "acme", to, **more)
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result.one("BackupStorageLocation")


def test_a_bucket_of_amazon_needs_no_settings(app: App) -> None:
    found = location(app, S3("acme-backups", folder="{cluster}/velero"))
    assert (found["metadata"]["name"], found["metadata"]["namespace"]) == ("acme", "velero")
    assert found["spec"] == {
        "provider": "velero.io/aws",
        "objectStorage": {"bucket": "acme-backups", "prefix": "eu-1/velero"},
        "accessMode": "ReadWrite",
    }


def test_another_server_has_its_address_region_and_authority(app: App) -> None:
    to = S3(
        "acme", endpoint="https://minio.storage.svc:9000", region="us-east-1", authority=SecretKey("minio", "ca.crt")
    )
    spec = location(app, to, credential=CLOUD, config={"checksumAlgorithm": "CRC32"}, default=True)["spec"]
    assert spec["config"] == {
        "region": "us-east-1",
        "s3Url": "https://minio.storage.svc:9000",
        "s3ForcePathStyle": "true",
        "checksumAlgorithm": "CRC32",
    }
    assert spec["objectStorage"]["caCertRef"] == {"name": "minio", "key": "ca.crt"}
    assert spec["credential"] == {"name": "cloud-credentials", "key": "cloud"}
    assert spec["default"] is True


def test_a_bucket_of_google_has_a_plugin_of_its_own(app: App) -> None:
    spec = location(app, GoogleStorage("acme-backups"), read_only=True)["spec"]
    assert (spec["provider"], spec["accessMode"]) == ("velero.io/gcp", "ReadOnly")


def test_a_container_of_azure_is_found_without_its_resource_group(app: App) -> None:
    spec = location(app, AzureBlob("https://acme.blob.core.windows.net/backups/eu", folder="velero"))["spec"]
    assert spec["objectStorage"] == {"bucket": "backups", "prefix": "eu/velero"}
    assert spec["config"] == {
        "storageAccount": "acme",
        "storageAccountURI": "https://acme.blob.core.windows.net",
        "useAAD": "true",
    }


@pytest.mark.parametrize(
    ("to", "match"),
    [
        (S3("acme", access_key=KEYS.key("id"), secret_access_key=KEYS.key("key")), r"to.access_key: .*credential="),
        (S3("acme", identity=CloudIdentity("x")), r"to.identity: .*the identity and the policies of its installation"),
        (S3("acme", endpoint="https://a.b", peer=Addresses.of("10.0.0.1/32", port=443)), r"to.peer: not supported"),
        (S3("acme", region=KEYS.key("region")), r"to.region: Velero reads the region from no Secret"),
        (GoogleStorage("acme", key=KEYS.key("key.json")), r"to.key: .*credential="),
        (AzureBlob("https://a.b/c", connection_string=KEYS.key("text")), r"to.connection_string: .*credential="),
    ],
)
def test_what_no_plugin_reads_is_refused(app: App, to: Any, match: str) -> None:
    with pytest.raises(UnsupportedError, match=match):
        location(app, to)


def test_a_server_at_a_private_address_has_its_peer(app: App) -> None:
    """A private address without a peer is an error of the bucket, because of pods of the app."""
    to = S3("acme", endpoint="http://10.0.0.5:9000", region="us-east-1", peer=Addresses.of("10.0.0.5/32", port=9000))
    assert location(app, to)["spec"]["config"]["s3Url"] == "http://10.0.0.5:9000"


def test_another_server_without_a_region_is_an_error(app: App) -> None:
    with pytest.raises(SpecError, match=r"to.region: not set, and the plugin asks only Amazon's servers"):
        location(app, S3("acme", endpoint="https://minio.storage.svc:9000"))


def test_settings_of_the_bucket_are_not_set_twice(app: App) -> None:
    with pytest.raises(SpecError, match=r"config: set by the bucket itself, got 'region'"):
        location(app, S3("acme", region="eu-central-1"), config={"region": "eu-west-1"})


def test_two_clusters_do_not_write_to_one_folder(app: App) -> None:
    for name in ("eu-1", "eu-2"):
        BackupLocation(chart_of(app, name), "acme", S3("acme-backups", folder="velero"))
    with pytest.raises(
        CheckError, match=r"writes copies to s3 acme-backups/velero.*of another cluster.*\[copies-shared\]"
    ):
        synthesize(app)


def test_no_store_writes_below_the_folder_of_velero(app: App) -> None:
    """Velero refuses a location with folders that it does not know."""
    backup = Backup(schedule=Schedule("@daily"), keep=timedelta(days=7), to=S3("acme-backups", folder="databases"))
    provision = Provision(storage=Size.gib(5), resources=Resources.of("1", "2Gi"), backup=backup)
    identity = AwsIrsa(account_id="123456789012", region="eu-west-1")
    platform = Platform(name="eu-1", postgres=CloudNativePg(provision=provision), identity=identity)
    Postgres(KmopChart(app, "shop", namespace="shop", platform=platform), "orders-db", PostgresSpec(version="17.6"))
    BackupLocation(chart_of(app), "acme", S3("acme-backups"))
    with pytest.raises(CheckError, match=r"writes copies to s3 acme-backups, where those of shop/orders-db are"):
        synthesize(app)


def test_another_cluster_may_read_the_folder(app: App) -> None:
    for name in ("eu-1", "eu-2"):
        BackupLocation(chart_of(app, name), "acme", S3("acme-backups", folder="velero"), read_only=name == "eu-2")
    modes = [each["spec"]["accessMode"] for each in synthesize(app).objects]
    assert sorted(modes) == ["ReadOnly", "ReadWrite"]


def test_the_login_of_velero_is_a_secret_that_must_be_there(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(operators={"velero": Operator("backups")}))
    BackupLocation(chart, "acme", S3("acme-backups"), credential=CLOUD)
    (required,) = [each for each in synthesize(app).required if each.name == "cloud-credentials"]
    assert (required.namespace, required.keys) == ("backups", ("cloud",))


def test_a_cluster_has_one_default_location(app: App) -> None:
    chart = chart_of(app)
    BackupLocation(chart, "acme", S3("acme-backups"), default=True)
    BackupLocation(chart, "other", S3("acme-others"))
    synthesize(app)
    BackupLocation(chart, "second", S3("acme-second"), default=True)
    with pytest.raises(CheckError, match="the two differ in its name; remove default=True from all but one"):
        synthesize(app)


def test_a_default_location_takes_backups(app: App) -> None:
    with pytest.raises(SpecError, match="acme: default: set for a location that is only read"):
        location(app, S3("acme-backups"), default=True, read_only=True)

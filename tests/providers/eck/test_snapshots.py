"""Snapshots of Elasticsearch by ECK: with an Enterprise licence, or refused by name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import (
    Backup,
    CheckError,
    Credentials,
    Elasticsearch,
    ElasticsearchSpec,
    ExistingSecret,
    KmopChart,
    Platform,
    Provision,
    Resources,
    Schedule,
    Size,
    SpecError,
    UnsupportedError,
)
from kmop_constructs.providers.eck import Eck
from kmop_constructs.stores import S3, AzureBlob, GoogleStorage, VolumeSnapshots
from kmop_constructs.testing import Synthesized, synthesize
from tests.apps.schemas import assert_valid

import pytest
from cdk8s import App

KEYS = ExistingSecret("backups")
BUCKET = S3("acme-backups", access_key=KEYS.key("id"), secret_access_key=KEYS.key("secret"))
SEARCH = ElasticsearchSpec(
    version="9.2.1", credentials=Credentials(user="orders", password=ExistingSecret("login").key("password"))
)


def draw(app: App, to: Any, *, given: Any = None, **more: Any) -> None:
    wanted: dict[str, Any] = {"schedule": Schedule("@daily"), "keep": timedelta(days=14), **more}
    provision = Provision(storage=Size.gib(50), resources=Resources.of("1", "4Gi"), backup=Backup(to=to, **wanted))
    options: dict[str, Any] = {"licence": "enterprise"} if given is None else given
    platform = Platform(name="eu-1", elasticsearch=Eck(provision=provision, **options))
    Elasticsearch(KmopChart(app, "shop", namespace="shop", platform=platform), "search", SEARCH)


def drawn(app: App) -> Synthesized:
    result = synthesize(app)
    assert_valid(result.objects, "1.30")
    return result


def policy(app: App) -> dict[str, Any]:
    return drawn(app).one("StackConfigPolicy", "search")["spec"]["elasticsearch"]


def test_a_bucket_and_a_schedule_are_a_policy(app: App) -> None:
    draw(app, S3("acme-backups", folder="{cluster}/{namespace}", access_key=KEYS.key("id"), secret_access_key=KEYS.key("secret")))  # fmt: skip
    result = drawn(app)
    spec = result.one("StackConfigPolicy", "search")["spec"]
    labels = result.one("Elasticsearch", "search")["metadata"]["labels"]
    assert spec["resourceSelector"]["matchLabels"].items() <= labels.items()
    assert spec["elasticsearch"] == {
        "snapshotRepositories": {
            "search": {"type": "s3", "settings": {"bucket": "acme-backups", "base_path": "eu-1/shop/search"}}
        },
        "snapshotLifecyclePolicies": {
            "search": {
                "schedule": "0 0 0 * * ?",
                "name": "<search-{now/d}>",
                "repository": "search",
                "retention": {"expire_after": "14d"},
            }
        },
    }


def test_keys_of_a_bucket_are_in_the_keystore_alone(app: App) -> None:
    draw(app, BUCKET)
    assert drawn(app).one("Elasticsearch")["spec"]["secureSettings"] == [
        {
            "secretName": "backups",
            "entries": [
                {"key": "id", "path": "s3.client.default.access_key"},
                {"key": "secret", "path": "s3.client.default.secret_key"},
            ],
        }
    ]


def test_a_bucket_of_google_has_one_key(app: App) -> None:
    draw(app, GoogleStorage("acme-backups", key=KEYS.key("key.json")))
    result = drawn(app)
    (secure,) = result.one("Elasticsearch")["spec"]["secureSettings"]
    assert secure["entries"] == [{"key": "key.json", "path": "gcs.client.default.credentials_file"}]
    repositories = result.one("StackConfigPolicy")["spec"]["elasticsearch"]["snapshotRepositories"]
    assert repositories == {"search": {"type": "gcs", "settings": {"bucket": "acme-backups", "base_path": "search"}}}


def test_another_server_of_the_protocol_is_a_setting(app: App) -> None:
    draw(app, S3("acme-backups", endpoint="https://minio.storage:9000", access_key=KEYS.key("id"), secret_access_key=KEYS.key("secret")))  # fmt: skip
    config = drawn(app).one("Elasticsearch")["spec"]["nodeSets"][0]["config"]
    assert config["s3.client.default.endpoint"] == "https://minio.storage:9000"
    assert config["s3.client.default.path_style_access"] is True


def test_the_region_of_a_bucket_is_a_setting(app: App) -> None:
    draw(app, S3("acme-backups", region="eu-central-1", access_key=KEYS.key("id"), secret_access_key=KEYS.key("secret")))  # fmt: skip
    config = drawn(app).one("Elasticsearch")["spec"]["nodeSets"][0]["config"]
    assert config["s3.client.default.region"] == "eu-central-1"
    assert "s3.client.default.path_style_access" not in config


def test_the_webhook_holds_the_licence_against_the_object(app: App) -> None:
    draw(app, BUCKET)
    annotations = drawn(app).one("Elasticsearch")["metadata"]["annotations"]
    assert annotations == {"eck.k8s.elastic.co/license": "enterprise"}


@pytest.mark.parametrize(
    ("cron", "written"),
    [
        ("30 2 * * 1-5", "0 30 2 ? * MON,TUE,WED,THU,FRI"),
        ("30 2 * * sun", "0 30 2 ? * SUN"),
        ("0 */6 * * */3", "0 0 */6 ? * SUN,WED,SAT"),
        ("0 3 1,15 jan-jun *", "0 0 3 1,15 JAN-JUN ?"),
        ("@weekly", "0 0 0 ? * SUN"),
    ],
)
def test_a_schedule_is_in_the_form_of_elasticsearch(app: App, cron: str, written: str) -> None:
    draw(app, BUCKET, schedule=Schedule(cron))
    assert policy(app)["snapshotLifecyclePolicies"]["search"]["schedule"] == written


def test_a_time_in_minutes_is_kept(app: App) -> None:
    draw(app, BUCKET, keep=timedelta(hours=36))
    assert policy(app)["snapshotLifecyclePolicies"]["search"]["retention"] == {"expire_after": "2160m"}


def test_the_free_licence_refuses_copies(app: App) -> None:
    with pytest.raises(UnsupportedError, match=r"provision.backup: .*Enterprise licence.*Eck\(licence='enterprise'\)"):
        draw(app, BUCKET, given={})


def test_copies_of_others_are_a_notice(app: App, caplog: pytest.LogCaptureFixture) -> None:
    draw(app, BUCKET, given={"leaves_out": ("backup",)})
    result = drawn(app)
    assert [each for each in caplog.messages if "backup is left out" in each and "[left-out]" in each]
    assert not [each for each in result.objects if each["kind"] == "StackConfigPolicy"]
    assert "secureSettings" not in result.one("Elasticsearch")["spec"]


@pytest.mark.parametrize(
    ("to", "more", "message"),
    [
        (None, {}, "provision.backup.to: not set, and Elasticsearch writes snapshots to a bucket"),
        (VolumeSnapshots("csi"), {}, "a copy of the volumes of Elasticsearch cannot be restored"),
        (
            AzureBlob("https://acme.blob.core.windows.net/es", connection_string=KEYS.key("text")),
            {},
            "Elasticsearch reads the account and its key apart",
        ),
        (S3("acme-backups"), {}, "the nodes get no identity of the cloud from ECK"),
        (GoogleStorage("acme-backups"), {}, "the nodes get no identity of the cloud from ECK"),
        (
            S3("acme", access_key=KEYS.key("id"), secret_access_key=KEYS.key("s"), region=KEYS.key("region")),
            {},
            "region: Elasticsearch reads it from no Secret; write it as text",
        ),
        (
            S3("acme", access_key=KEYS.key("id"), secret_access_key=KEYS.key("s"), authority=KEYS.key("ca.crt")),
            {},
            "authority: Elasticsearch reads it from no Secret",
        ),
        (BUCKET, {"schedule": Schedule("0 2 * * *", time_zone="Europe/Berlin")}, "has a time zone"),
        (BUCKET, {"schedule": Schedule("0 2 * * *", concurrency="Replace")}, "schedule.concurrency: .*, got 'Replace'"),
        (BUCKET, {"schedule": Schedule("0 2 1 * 1")}, "names a day of the month and a day of the week"),
        (BUCKET, {"keep": timedelta(seconds=90)}, "provision.backup.keep: not whole minutes"),
    ],
)
def test_what_elasticsearch_cannot_be_given_is_refused(app: App, to: Any, more: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        draw(app, to, **more)


def test_two_clusters_have_folders_of_their_own(app: App) -> None:
    """Snapshots of two clusters in one path destroy each other."""
    provision = Provision(
        storage=Size.gib(50),
        resources=Resources.of("1", "4Gi"),
        backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=14), to=BUCKET),
    )
    for namespace in ("shop", "billing"):
        platform = Platform(name="eu-1", elasticsearch=Eck(provision=provision, licence="enterprise"))
        Elasticsearch(KmopChart(app, namespace, namespace=namespace, platform=platform), "search", SEARCH)
    with pytest.raises(CheckError, match=r"writes copies to s3 acme-backups/search.*\[copies-shared\]"):
        synthesize(app)


def test_the_keys_of_the_bucket_must_be_there(app: App) -> None:
    draw(app, BUCKET)
    (required,) = [each for each in drawn(app).required if each.name == "backups"]
    assert required.keys == ("id", "secret")


def test_copies_that_are_drawn_are_not_missing(app: App) -> None:
    provision = Provision(
        storage=Size.gib(50), backup=Backup(schedule=Schedule("@daily"), keep=timedelta(days=14), to=BUCKET)
    )
    accepted = {"backup": "Velero copies the volumes of Redis"}
    eck = Eck(provision=provision, licence="enterprise")
    platform = Platform(elasticsearch=eck, accepts_missing=accepted, require_backups=True)
    Elasticsearch(KmopChart(app, "shop", namespace="shop", platform=platform), "search", SEARCH)
    assert drawn(app).pick("StackConfigPolicy")

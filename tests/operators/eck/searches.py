"""The stores that are drawn for ECK."""

from __future__ import annotations

from datetime import timedelta

from kmop_constructs import (
    Backup,
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
)
from kmop_constructs.providers.eck import Eck
from kmop_constructs.stores import S3

from cdk8s import App

PLACE = "searches"
VERSION = "9.2.1"
_SIZED = Provision(storage=Size.gib(1), resources=Resources.of("100m", "2Gi"))
_KEYS = ExistingSecret("backups")
_COPIES = Backup(
    schedule=Schedule("30 2 * * sun"),
    keep=timedelta(days=14),
    to=S3("acme-backups", access_key=_KEYS.key("id"), secret_access_key=_KEYS.key("secret")),
)


def _login(user: str) -> Credentials:
    return Credentials(user=user, password=ExistingSecret(f"{user}-login").key("password"))


def build(app: App) -> KmopChart:
    """Draw a cluster over zones, one node with a superuser, and a cluster with copies, which needs a licence."""
    chart = KmopChart(app, PLACE, namespace=PLACE, platform=Platform(elasticsearch=Eck(provision=_SIZED)))
    settings = {"indices.query.bool.max_clause_count": "4096"}
    spec = ElasticsearchSpec(
        version=VERSION, credentials=_login("products"), indices=("products-*",), settings=settings
    )
    Elasticsearch(chart, "catalog", spec)
    alone = Eck(provision=_SIZED, zones=False, superuser=True, memory_maps=True)
    one = ElasticsearchSpec(version=VERSION, credentials=_login("notes"), provision=Provision(instances=1))
    Elasticsearch(chart, "alone", one, platform=Platform(elasticsearch=alone))
    licensed = Platform(elasticsearch=Eck(provision=_SIZED, licence="enterprise"))
    kept = ElasticsearchSpec(version=VERSION, credentials=_login("notes"), provision=Provision(backup=_COPIES))
    Elasticsearch(chart, "kept", kept, platform=licensed)
    return chart

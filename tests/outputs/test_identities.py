"""The list of identities is sorted, has each once, and has what a trust policy needs."""

import json
from pathlib import Path
from subprocess import run
from sys import executable

from kmop_constructs import Account, CloudIdentity, Image, KmopChart, Platform, Worker, WorkerSpec
from kmop_constructs.outputs import BoundIdentity, cloud_identities
from kmop_constructs.providers.aws import AwsIrsa, AwsPodIdentity
from tests.components.security.identities import service, shop

from cdk8s import App


def shops(app: App) -> tuple[KmopChart, KmopChart]:
    """Two clusters with other roles."""
    made: list[KmopChart] = []
    for environment in ("staging", "production"):
        provider = AwsPodIdentity(role="{environment}-{name}")
        platform = Platform(identity=provider, environment=environment, region="eu-west-1", name=f"{environment}-1")
        chart = KmopChart(app, environment, namespace="shop", platform=platform)
        service(chart, "web", cloud_identity=None)
        service(chart, "stock", cloud_identity=CloudIdentity())
        service(chart)
        made.append(chart)
    return made[0], made[1]


def test_every_identity_of_every_cluster_is_listed_in_order(app: App) -> None:
    shops(app)
    found = [(each.cluster, each.account, each.identity) for each in cloud_identities(app)]
    assert found == [
        ("production-1", "orders", "production-orders"),
        ("production-1", "stock", "production-stock"),
        ("staging-1", "orders", "staging-orders"),
        ("staging-1", "stock", "staging-stock"),
    ]


def test_a_chart_or_a_service_has_its_own(app: App) -> None:
    staging, _ = shops(app)
    assert [each.account for each in cloud_identities(staging)] == ["orders", "stock"]
    orders = service(shop(App(), AwsPodIdentity()))
    assert [each.account for each in cloud_identities(orders)] == ["orders"]


def test_workloads_with_one_account_are_one_entry(app: App) -> None:
    chart = shop(app, AwsPodIdentity())
    orders = service(chart)
    account = Account(name="orders", create=False)
    Worker(
        chart,
        "jobs",
        WorkerSpec(image=Image("acme/jobs:1"), account=account, cloud_identity=orders.spec.cloud_identity),
    )
    assert len(cloud_identities(app)) == 1


def test_a_removed_service_has_no_identity(app: App) -> None:
    chart = shop(app, AwsPodIdentity())
    service(chart)
    chart.node.try_remove_child("orders")
    assert cloud_identities(app) == ()


def test_json_has_the_subject_of_the_tokens(app: App) -> None:
    service(shop(app, AwsIrsa(account_id="123456789012")))
    found = cloud_identities(app)
    assert json.loads(found.to_json()) == [
        {
            "environment": "",
            "region": "eu-west-1",
            "cluster": "",
            "namespace": "shop",
            "account": "orders",
            "subject": "system:serviceaccount:shop:orders",
            "identity": "arn:aws:iam::123456789012:role/orders",
            "provider": "AwsIrsa",
        }
    ]
    assert isinstance(found[0], BoundIdentity)
    assert json.loads(cloud_identities(App()).to_json()) == []


def test_a_plain_app_imports_no_provider_of_a_cloud(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from kmop_constructs import *\n"
        "from cdk8s import App\n"
        f"app = App(outdir={str(tmp_path)!r})\n"
        "chart = KmopChart(app, 'shop', namespace='shop')\n"
        "Microservice(chart, 'web', ServiceSpec(image=Image('acme/web:1'), port=8080))\n"
        "app.synth()\n"
        "clouds = ('aws', 'azure', 'google', 'native.identity')\n"
        "print([each for each in sys.modules if each.startswith(tuple(f'kmop_constructs.providers.{c}' for c in clouds))])\n"
    )
    assert run([executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"

"""Accounts, variables and sharing: what takes an identity of the cloud away from pods, or gives them another."""

from __future__ import annotations

from typing import Any

from kmop_constructs import (
    Account,
    CheckError,
    CloudIdentity,
    Container,
    Image,
    InlineSecret,
    KmopChart,
    NativeSecret,
    Platform,
    SecretEnv,
    Worker,
    WorkerSpec,
    allow,
)
from kmop_constructs.authors import Finding
from kmop_constructs.patch import Remove
from kmop_constructs.providers.aws import AwsIrsa, AwsPodIdentity
from kmop_constructs.testing import synthesize
from tests.components.security.identities import ORDERS, service, shop

from cdk8s import App
from constructs import IConstruct

IRSA = AwsIrsa(account_id="123456789012")
IDENTITY_RULES = ("identity-account", "identity-shared", "identity-undeclared", "identity-overridden")


def findings(construct: IConstruct) -> list[Finding]:
    """Errors and notices about identities."""
    try:
        found = synthesize(construct).notices
    except CheckError as error:
        found = error.findings
    return [each for each in found if each.rule in IDENTITY_RULES]


def worker(chart: Any, id: str = "jobs", **fields: Any) -> Worker:
    """A worker with the account of the service ``orders``."""
    account = Account(name="orders", create=False)
    return Worker(chart, id, WorkerSpec(image=Image("acme/jobs:1.0.0"), account=account, **fields))


def test_workloads_may_share_account_and_identity(app: App) -> None:
    chart = shop(app, IRSA)
    service(chart)
    jobs = worker(chart, cloud_identity=ORDERS)
    assert findings(chart) == []
    assert len(synthesize(jobs).one("NetworkPolicy")["spec"]["egress"]) == 2


def test_two_identities_of_one_account_are_a_finding(app: App) -> None:
    chart = shop(app, AwsPodIdentity())
    service(chart)
    worker(chart, cloud_identity=CloudIdentity("jobs"))
    [finding] = findings(chart)
    assert (finding.rule, finding.path, finding.severity) == ("identity-shared", "shop/orders", "error")
    assert (
        "has the cloud identity 'orders', but shop/jobs with the same ServiceAccount 'orders' has 'jobs'"
        in finding.message
    )


def test_accounts_of_two_namespaces_are_two(app: App) -> None:
    platform = Platform(identity=AwsPodIdentity())
    one = KmopChart(app, "one", namespace="one", platform=platform)
    two = KmopChart(app, "two", namespace="two", platform=platform)
    service(one)
    service(two, cloud_identity=CloudIdentity("other"))
    assert findings(app) == []


def test_a_workload_that_only_shares_the_account_is_a_notice(app: App) -> None:
    """Its pods get the identity, and rights that nothing of the app shows."""
    chart = shop(app, AwsPodIdentity())
    service(chart)
    worker(chart)
    [finding] = findings(chart)
    assert (finding.rule, finding.path, finding.severity) == ("identity-undeclared", "shop/jobs", "notice")


def test_an_account_of_others_is_a_finding_that_can_be_allowed(app: App) -> None:
    chart = shop(app, IRSA)
    orders = service(chart, account=Account(name="outside", create=False))
    [finding] = findings(chart)
    assert finding.rule == "identity-account"
    assert "'outside', which is not an object of this app: eks.amazonaws.com/role-arn: arn:aws:iam" in finding.message
    allow(orders, "identity-account", reason="the platform's team annotates it")
    assert findings(chart) == []


def test_a_removed_annotation_is_a_finding(app: App) -> None:
    chart = shop(app, IRSA)
    orders = service(chart)
    orders.manifest("ServiceAccount").patch(Remove("/metadata/annotations/eks.amazonaws.com~1role-arn"))
    [finding] = findings(chart)
    assert finding.rule == "identity-account"
    assert "which has other ones: eks.amazonaws.com/role-arn: " in finding.message


def test_keys_in_every_container_are_found(app: App) -> None:
    chart = shop(app, AwsPodIdentity())
    sidecar = Container("proxy", image=Image("acme/proxy:1"), env={"AWS_ACCESS_KEY_ID": "x"})
    service(chart, sidecars=(sidecar,))
    [finding] = findings(chart)
    assert finding.rule == "identity-overridden"
    assert (
        "container 'proxy' sets AWS_ACCESS_KEY_ID, which its software uses before the cloud identity" in finding.message
    )


def test_keys_of_a_whole_secret_are_found(app: App) -> None:
    chart = shop(app, AwsPodIdentity())
    NativeSecret(chart, "keys", values={"ACCESS_KEY_ID": InlineSecret("x")})
    service(chart, env_from=(SecretEnv("keys", prefix="AWS_"),))
    assert [each.rule for each in findings(chart)] == ["identity-overridden"]


def test_other_variables_are_no_finding(app: App) -> None:
    chart = shop(app, AwsPodIdentity())
    service(chart, env={"AWS_REGION": "eu-west-1"}, env_from=(SecretEnv("other", external=True),))
    assert findings(chart) == []


def test_keys_without_an_identity_are_no_finding(app: App) -> None:
    chart = shop(app, AwsPodIdentity())
    service(chart, cloud_identity=None, env={"AWS_ACCESS_KEY_ID": "x"})
    assert findings(chart) == []

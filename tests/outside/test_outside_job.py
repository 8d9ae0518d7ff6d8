"""Jobs, providers, facts, checks and kinds that are written outside the package, with public imports alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from kmop_constructs import (
    Autoscaling,
    CheckError,
    ClaimTemplate,
    Cpu,
    Image,
    KmopChart,
    Manifest,
    Microservice,
    Platform,
    Pods,
    Port,
    Resources,
    Schedule,
    ServiceSpec,
    Size,
    SpecError,
    StatefulService,
    StatefulSpec,
    allow,
)
from kmop_constructs.authors import Job, MakesService, NamedPort, PodOwner, ServiceFacts
from kmop_constructs.providers.native import NativeGateway
from kmop_constructs.testing import Synthesized, synthesize
from tests.outside.claim_backup import CLAIM_BACKUP, VELERO, BackedUp, ClaimBackup
from tests.outside.keda_autoscaler import KedaAutoscaler
from tests.outside.rollout import RolloutWorkload

import pytest
from cdk8s import App
from constructs import Construct

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "authors.md"
PLATFORM = Platform(jobs=(CLAIM_BACKUP,), tools=(VELERO,))
NIGHTLY = ClaimBackup(schedule=Schedule("0 3 * * *"), keep=timedelta(days=30))


def store(chart: KmopChart, *also: Any) -> StatefulService:
    spec = StatefulSpec(
        image=Image("acme/store:1"),
        port=7000,
        volumes={"/data": ClaimTemplate("data", size=Size.gib(1))},
        also=also,
    )
    made = StatefulService(chart, "store", spec)
    allow(made, "single-replica", reason="a test")
    return made


def shop(app: App, platform: Platform = PLATFORM) -> KmopChart:
    return KmopChart(app, "shop", namespace="shop", platform=platform)


def scaled(chart: KmopChart) -> Synthesized:
    spec = ServiceSpec(
        image=Image("acme/web:1"),
        port=8080,
        resources=Resources(cpu=Cpu("100m"), memory=Size("64Mi")),
        scaling=Autoscaling(min_replicas=2, max_replicas=5, cpu_percent=70),
    )
    return synthesize(Microservice(chart, "web", spec))


def test_a_job_from_outside_is_drawn(app: App) -> None:
    drawn = synthesize(store(shop(app), NIGHTLY)).one("Schedule")
    assert drawn["metadata"] == {"name": "shop-store", "namespace": "velero"}
    assert drawn["spec"]["template"] == {
        "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "store", "app.kubernetes.io/instance": "store"}},
        "includedNamespaces": ["shop"],
        "ttl": "2592000s",
    }


def test_its_check_runs_where_the_platform_has_the_tool(app: App) -> None:
    chart = shop(app)
    store(chart)
    with pytest.raises(CheckError, match=r"shop/store: has claims without a backup.*\[claim-without-backup\]"):
        synthesize(chart)


def test_its_check_runs_nowhere_else(app: App) -> None:
    assert synthesize(store(shop(app, Platform()))).pick("StatefulSet")


def test_its_fact_goes_with_the_construct(app: App) -> None:
    chart = shop(app)
    made = store(chart, NIGHTLY)
    synthesize(chart)
    made.node.try_remove_child("claim_backup")
    with pytest.raises(CheckError, match="claim-without-backup"):
        synthesize(chart)


def test_its_kind_has_the_position_of_the_tool(app: App) -> None:
    chart = shop(app)
    store(chart, NIGHTLY)
    kinds = [each["kind"] for each in chart.to_json()]
    assert kinds.index("Schedule") == kinds.index("StatefulSet") - 1


def test_a_job_that_the_platform_lacks_is_refused(app: App) -> None:
    with pytest.raises(SpecError, match=r"shop/store: also: the platform has no such job, got 'claim_backup'; add it"):
        store(shop(app, Platform()), NIGHTLY)


def test_an_intent_of_another_type_is_refused(app: App) -> None:
    class Other:
        job = "claim_backup"

    with pytest.raises(
        SpecError, match="also: the job 'claim_backup' does not accept this type, got 'Other'; write ClaimBackup"
    ):
        store(shop(app), Other())


def test_two_intents_of_a_job_need_names(app: App) -> None:
    with pytest.raises(SpecError, match="also: two intents have the same job and name, got 'claim_backup'"):
        store(shop(app), NIGHTLY, NIGHTLY)


def test_a_job_has_the_name_of_no_other() -> None:
    with pytest.raises(SpecError, match=r"Platform.jobs: duplicate job name, got 'budget'"):
        Platform(jobs=(Job("budget", intent=ClaimBackup, provider=KedaAutoscaler),))


@dataclass(frozen=True)
class Budgeted:
    """An intent that takes the name of a job of the library."""

    job: ClassVar[str] = "budget"


def test_a_job_of_the_library_has_a_field(app: App) -> None:
    with pytest.raises(SpecError, match="shop/store: also: a job of the library, which a field of the spec uses"):
        store(shop(app), Budgeted())


@pytest.mark.parametrize("returned", [None, "drawn"])
def test_a_provider_that_returns_no_construct_is_refused(app: App, returned: Any) -> None:
    job = Job("claim_backup", intent=ClaimBackup, provider=lambda *_, **__: returned)
    with pytest.raises(SpecError, match="shop/store: claim_backup: the provider did not return a construct"):
        store(shop(app, Platform(jobs=(job,))), NIGHTLY)


@pytest.mark.parametrize("provider", [NativeGateway, print])
def test_a_provider_of_stores_returns_their_names(provider: Any) -> None:
    with pytest.raises(SpecError, match="Platform.postgres: not a provider of stores"):
        Platform(postgres=provider)


class Served(Manifest):
    """A workload whose operator makes a Service of its own and lets in whom it was told of."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Any) -> None:
        made = MakesService(
            subject=service,
            name="web-cache",
            ports=(NamedPort(name="cache", number=6379, offered=6379, spec=Port.tcp(6379)),),
            pod_labels={"acme.io/cache": "web"},
            accepts=(Pods.of(namespace="acme-system"),),
        )
        owner = PodOwner(api_version="apps/v1", kind="Deployment", name=service.name, selector=service.selector)
        super().__init__(scope, id, intent, gives=(owner, made))


def test_pods_of_a_provider_get_a_policy_with_accepts(app: App) -> None:
    chart = shop(app, Platform(workload=Served))
    Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    policy = synthesize(chart).one("NetworkPolicy", "web-cache")["spec"]
    assert policy["podSelector"] == {"matchLabels": {"acme.io/cache": "web"}}
    assert [each["from"] for each in policy["ingress"]] == [
        [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "acme-system"}}}]
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"pod_labels": {}}, "MakesService.pod_labels: empty, which would match every pod of the namespace"),
        ({"name": "Web Cache"}, "MakesService.name"),
        ({"accepts": ("edge",)}, "MakesService.accepts"),
    ],
)
def test_a_wrong_word_of_what_an_operator_makes_is_refused(
    app: App, chart: KmopChart, fields: dict[str, Any], message: str
) -> None:
    web = Microservice(chart, "web", ServiceSpec(image=Image("acme/web:1"), port=8080))
    right: dict[str, Any] = {
        "subject": web.facts,
        "name": "web-cache",
        "ports": (),
        "pod_labels": {"acme.io/cache": "web"},
    }
    with pytest.raises(SpecError, match=f"^{message}"):
        MakesService(**{**right, **fields})


def test_a_provider_from_outside_does_a_job_of_ours(app: App) -> None:
    drawn = scaled(shop(app, Platform(autoscaler=KedaAutoscaler))).one("ScaledObject")
    assert drawn["spec"]["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}


@pytest.mark.parametrize("autoscaler", [None, KedaAutoscaler])
def test_another_kind_of_workload_is_scaled_by_its_name(app: App, autoscaler: Any) -> None:
    more = {} if autoscaler is None else {"autoscaler": autoscaler}
    result = scaled(shop(app, Platform(workload=RolloutWorkload, **more)))
    scaler = result.one("HorizontalPodAutoscaler" if autoscaler is None else "ScaledObject")
    expected = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": "web-rollout"}
    assert scaler["spec"]["scaleTargetRef"] == expected
    assert not result.pick("Deployment")


@pytest.mark.parametrize("name", ["claim_backup", "keda_autoscaler", "rollout", "operated_postgres"])
def test_they_import_public_names_alone(name: str) -> None:
    tree = ast.parse((HERE / f"{name}.py").read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {each for each in modules if str(each).startswith("kmop")} <= {"kmop_constructs", "kmop_constructs.authors"}


@pytest.mark.parametrize("name", ["claim_backup", "keda_autoscaler"])
def test_they_stand_in_the_guide_for_authors(name: str) -> None:
    code = (HERE / f"{name}.py").read_text(encoding="utf-8")
    assert f"```python\n{code}```\n" in PAGE.read_text(encoding="utf-8")


def test_a_fact_is_read_by_its_type(app: App) -> None:
    from kmop_constructs.core.place import place_of

    chart = shop(app)
    made = store(chart, NIGHTLY)
    facts = place_of(chart).model.facts.of(BackedUp)
    assert [each.fact for each in facts] == [BackedUp(workload=made.path)]

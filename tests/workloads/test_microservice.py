"""What teams build on: subclasses, providers and edges of their own."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apps import team_service
from kmop_constructs import (
    Account,
    Addresses,
    Exposure,
    Identity,
    Image,
    KmopChart,
    KmopError,
    Manifest,
    Microservice,
    Peers,
    Permission,
    Plan,
    Platform,
    Pods,
    ServiceSpec,
    SpecError,
    Text,
    Worker,
    WorkerSpec,
)
from kmop_constructs.authors import Contribution, Edge, ServiceFacts, route_facts
from kmop_constructs.patch import Add, Replace
from kmop_constructs.testing import synthesize

import pytest
from cdk8s import App, Chart
from constructs import Construct

WEB = ServiceSpec(image=Image("acme/web:1.4"), port=8080)
READS = Account(permissions=(Permission(("get",), ("pods",)),))
KNOWN = Platform(peers=Peers(api_server=Addresses.of("10.0.0.1/32", port=6443)))


class Branded(Microservice):
    @classmethod
    def plan(cls, facts: ServiceFacts, spec: ServiceSpec, platform: Platform, uses: Sequence[Edge]) -> Plan:
        named = replace(spec, labels={"team": "a", **spec.labels}, env={"NAME": facts.name, **spec.env})
        return super().plan(facts, named, platform, [*uses, Token()])


class Token:
    """An edge written outside the package."""

    def contribution(self, caller: ServiceFacts) -> Contribution:
        return Contribution(source="token", env={"TOKEN_FILE": f"/run/{caller.name}"}, pod_annotations={"token": "yes"})


class HostRoute(Manifest):
    """A gateway written outside the package."""

    controllers = (Pods.of(namespace="edge"),)

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> None:
        super().__init__(
            scope,
            id,
            {
                "apiVersion": "edge.acme.io/v1",
                "kind": "HostRoute",
                "metadata": {"name": service.name},
                "spec": {"host": intent.host, "service": service.services[0]},
            },
            gives=route_facts(service, intent, self.controllers),
        )


def test_a_subclass_changes_what_is_planned(chart: KmopChart) -> None:
    result = synthesize(Branded(chart, "web", WEB))
    template = result.one("Deployment")["spec"]["template"]
    variables = {each["name"]: each["value"] for each in template["spec"]["containers"][0]["env"]}
    assert variables == {"TOKEN_FILE": "/run/web", "NAME": "web"}
    assert template["metadata"]["annotations"] == {"token": "yes"}


def test_labels_of_a_subclass_are_on_objects_and_not_in_selectors(chart: KmopChart) -> None:
    result = synthesize(Branded(chart, "web", WEB))
    assert all(each["metadata"]["labels"]["team"] == "a" for each in result.objects)
    assert "team" not in result.one("Deployment")["spec"]["selector"]["matchLabels"]


def test_another_image_changes_the_workload_alone() -> None:
    """The label of the version is on the pods and on the object that runs them."""
    drawn: list[dict[str, Any]] = []
    for tag in ("1.4", "1.5"):
        spec = replace(WEB, image=Image(f"acme/web:{tag}"), files={"/etc/web.conf": Text("a")}, account=READS)
        result = synthesize(Microservice(KmopChart(App(), "shop", namespace="shop", platform=KNOWN), "web", spec))
        drawn.append({each["kind"]: each for each in result.objects})
    assert [kind for kind in drawn[0] if drawn[0][kind] != drawn[1][kind]] == ["Deployment"]
    assert len(drawn[0]) == 8
    assert drawn[1]["Deployment"]["metadata"]["labels"]["app.kubernetes.io/version"] == "1.5"


def test_a_plan_needs_no_engine_and_is_never_changed() -> None:
    from kmop_constructs.core.identity import settled
    from kmop_constructs.core.place import ChartInfo, Place

    info = ChartInfo(path="shop", namespace="shop", labels={}, cluster=None, ours=True)
    place = Place(model=None, chart=info, path="shop/web")  # pyright: ignore[reportArgumentType]
    facts = settled(place, "web", WEB, cluster=Platform(), workload=("apps/v1", "Deployment"))
    first, second = (Branded.plan(facts, WEB, Platform(), []) for _ in range(2))
    assert first == second
    assert first.workload["metadata"].get("name") == "web"


def test_a_provider_of_ones_own_is_drawn_and_let_in(chart: KmopChart) -> None:
    spec = replace(WEB, exposure=Exposure(host="web.acme.io"))
    result = synthesize(Microservice(chart, "web", spec, platform=Platform(gateway=HostRoute)))
    assert result.one("HostRoute")["spec"] == {"host": "web.acme.io", "service": "web"}
    peer = result.one("NetworkPolicy")["spec"]["ingress"][0]["from"][0]
    assert peer == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}


def test_the_platform_is_found_on_the_chart(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(isolation="off"))
    assert not synthesize(Microservice(chart, "web", WEB)).pick("NetworkPolicy")


def test_a_platform_of_its_own_wins_over_the_charts(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(isolation="off"))
    assert synthesize(Microservice(chart, "web", WEB, platform=Platform())).pick("NetworkPolicy")


def test_the_name_is_the_id_unless_it_is_given(chart: KmopChart) -> None:
    spec = replace(WEB, identity=Identity(name="storefront"))
    result = synthesize(Microservice(chart, "web", spec))
    assert {each["metadata"]["name"] for each in result.objects} == {"storefront"}


def test_an_existing_selector_is_kept_and_its_labels_are_on_the_pods(chart: KmopChart) -> None:
    spec = replace(WEB, identity=Identity(selector={"app": "legacy-web"}))
    deployment = synthesize(Microservice(chart, "web", spec)).one("Deployment")["spec"]
    assert deployment["selector"]["matchLabels"] == {"app": "legacy-web"}
    assert deployment["template"]["metadata"]["labels"]["app"] == "legacy-web"


def test_it_works_in_a_plain_chart_with_the_same_objects(app: App, chart: KmopChart) -> None:
    plain = Chart(app, "plain", namespace="shop")
    Microservice(chart, "web", WEB)
    Microservice(plain, "web", replace(WEB, identity=Identity(name="web2")))
    ours, theirs = synthesize(chart), synthesize(plain)
    assert ours.yaml().replace("web", "web2") == theirs.yaml().replace("acme/web", "acme/web2")


def test_a_patch_sets_fields_that_the_spec_lacks(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB)
    web.manifest("Deployment").patch(Add("/spec/template/spec/hostNetwork", False))
    assert synthesize(web).one("Deployment")["spec"]["template"]["spec"]["hostNetwork"] is False


def test_a_patch_that_changes_nothing_fails_the_synth(app: App, chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB)
    web.manifest("Deployment").patch(Replace("/spec/replicas", 2))
    with pytest.raises(SpecError, match="shop/web/deployment: Replace of '/spec/replicas' changes nothing"):
        app.synth()


def test_a_missing_manifest_is_an_error_with_the_existing_ones(chart: KmopChart) -> None:
    web = Microservice(chart, "web", WEB)
    with pytest.raises(
        SpecError,
        match="shop/web: not exactly one object matches, got 0 for Ingress; name one.*of: Deployment 'web', ServiceAccount",
    ):
        web.manifest("Ingress")


def test_an_overlay_is_a_typed_replacement() -> None:
    staging = replace(WEB, image=Image("acme/web:1.5-rc1"))
    assert staging != WEB
    assert replace(staging, image=WEB.image) == WEB


@pytest.mark.parametrize("id", ["Web", "-web", "web_1", "x" * 64])
def test_an_id_that_is_no_name_is_an_error(chart: KmopChart, id: str) -> None:
    with pytest.raises(SpecError, match=r": name \(the id\): not a valid name"):
        Microservice(chart, id, WEB)


def test_the_same_id_twice_is_an_error(chart: KmopChart) -> None:
    Microservice(chart, "web", WEB)
    with pytest.raises(SpecError, match="shop/web: the id is already used in this scope; use another id"):
        Microservice(chart, "web", WEB)


def test_a_service_needs_a_chart_above_it(app: App) -> None:
    with pytest.raises(SpecError, match="web: needs a chart above it, got App; put it into one"):
        Microservice(app, "web", WEB)


@pytest.mark.parametrize(("construct", "spec"), [(Microservice, WorkerSpec(image=WEB.image)), (Worker, WEB)])
def test_the_wrong_spec_is_an_error(chart: KmopChart, construct: Any, spec: Any) -> None:
    with pytest.raises(SpecError, match="web: not a (Service|Worker)Spec, got"):
        construct(chart, "web", spec)


def test_a_label_that_would_change_the_selector_is_refused(chart: KmopChart) -> None:
    spec = replace(WEB, labels={"app.kubernetes.io/name": "other"})
    with pytest.raises(SpecError, match="labels\\['app.kubernetes.io/name'\\] would change the selector of the pods"):
        Microservice(chart, "web", spec)


def test_nothing_is_left_behind_by_a_service_that_was_refused(app: App, chart: KmopChart) -> None:
    with pytest.raises(KmopError):
        Microservice(chart, "web", replace(WEB, labels={"app.kubernetes.io/name": "other"}))
    Microservice(chart, "web", WEB)
    assert len(synthesize(app).pick("Deployment")) == 1


def test_the_team_app_shows_it_all(app: App, manifests: Any) -> None:
    result = synthesize(team_service.build(app))
    assert all(each["metadata"]["labels"]["acme.io/team"] == "payments" for each in result.pick("Deployment"))
    assert result == manifests

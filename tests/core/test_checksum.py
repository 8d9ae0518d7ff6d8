"""A changed configuration rolls the pods that read it, and no others. A value of a Secret is in no checksum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from kmop_constructs import (
    ConfigDirectory,
    ConfigKey,
    ConfigMapEnv,
    Container,
    Image,
    InlineSecret,
    KmopChart,
    Manifest,
    Microservice,
    NativeSecret,
    Projected,
    SecretDirectory,
    SecretEnv,
    SecretKey,
    ServiceSpec,
    SpecError,
    Text,
)
from kmop_constructs.core.patch import Operation
from kmop_constructs.patch import Add, Remove, Replace

import cdk8s_plus_27 as kp
import pytest
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, Testing

SPEC = ServiceSpec(image=Image("acme/web:1.0"), port=8080)
IMAGE = Image("acme/init:1.0")


def pod_annotations(chart: Chart, name: str = "web") -> dict[str, str]:
    (found,) = (
        each for each in Testing.synth(chart) if (each["kind"], each["metadata"]["name"]) == ("Deployment", name)
    )
    return found["spec"]["template"]["metadata"].get("annotations", {})


def chart_with(spec: ServiceSpec, add: Callable[[Chart], object], kind: type[Chart] = KmopChart) -> Chart:
    chart = kind(App(), "c", namespace="shop")
    Microservice(chart, "web", spec)
    add(chart)
    return chart


def ours(kind: str, **data: str) -> Callable[[Chart], object]:
    literal = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"name": "app"},
        "data" if kind == "ConfigMap" else "stringData": data,
    }
    return lambda chart: Manifest(chart, "app", literal)


def l1(kind: str, **data: str) -> Callable[[Chart], object]:
    def add(chart: Chart) -> None:
        made = ApiObject(chart, "app", api_version="v1", kind=kind, metadata=ApiObjectMetadata(name="app"))
        for key, value in data.items():
            from cdk8s import JsonPatch

            field = "data" if kind == "ConfigMap" else "stringData"
            made.add_json_patch(JsonPatch.add(f"/{field}", {key: value}))

    return add


def l2(kind: str, **data: str) -> Callable[[Chart], object]:
    made = kp.ConfigMap if kind == "ConfigMap" else kp.Secret
    field = "data" if kind == "ConfigMap" else "string_data"
    return lambda chart: made(chart, "app", metadata=ApiObjectMetadata(name="app"), **cast(Any, {field: data}))


READERS: list[tuple[str, dict[str, Any]]] = [
    ("ConfigMap", {"env": {"A": ConfigKey("app", "a")}}),
    ("ConfigMap", {"env_from": (ConfigMapEnv("app"),)}),
    ("ConfigMap", {"files": {"/etc/a": ConfigKey("app", "a")}}),
    ("ConfigMap", {"files": {"/etc/app": ConfigDirectory("app")}}),
    ("ConfigMap", {"init_containers": (Container("init", image=IMAGE, env_from=(ConfigMapEnv("app"),)),)}),
    ("ConfigMap", {"files": {"/etc/app": Projected((ConfigDirectory("app"),))}}),
    ("Secret", {"env": {"A": SecretKey("app", "a")}}),
    ("Secret", {"env_from": (SecretEnv("app"),)}),
    ("Secret", {"files": {"/etc/a": SecretKey("app", "a")}}),
    ("Secret", {"files": {"/etc/app": SecretDirectory("app")}}),
    ("Secret", {"files": {"/etc/app": Projected((SecretDirectory("app"),))}}),
]


def revised(revision: str | None, **values: str) -> Callable[[Chart], object]:
    secrets = {key: InlineSecret(value) for key, value in values.items()}
    return lambda chart: NativeSecret(chart, "app", values=secrets, revision=revision)


@pytest.mark.parametrize("fields", [fields for kind, fields in READERS if kind == "ConfigMap"])
def test_a_changed_object_changes_the_pods_that_read_it(fields: dict[str, Any]) -> None:
    spec = replace(SPEC, **fields)
    before, same, after = (pod_annotations(chart_with(spec, ours("ConfigMap", a=value))) for value in ("1", "1", "2"))
    assert before["checksum/config"]
    assert before == same
    assert before != after


@pytest.mark.parametrize("fields", [fields for kind, fields in READERS if kind == "Secret"])
def test_a_revision_changes_the_pods_that_read_the_secret(fields: dict[str, Any]) -> None:
    spec = replace(SPEC, **fields)
    none, one, two = (pod_annotations(chart_with(spec, revised(revision, a="x"))) for revision in (None, "1", "2"))
    assert len({each["checksum/config"] for each in (none, one, two)}) == 3


@pytest.mark.parametrize("make", [ours, l1, l2])
@pytest.mark.parametrize("chart", [KmopChart, Chart])
def test_a_checksum_covers_config_maps_of_every_construct(make: Any, chart: type[Chart]) -> None:
    spec = replace(SPEC, env_from=(ConfigMapEnv("app"),))
    before, after = (pod_annotations(chart_with(spec, make("ConfigMap", a=value), chart)) for value in ("1", "2"))
    assert before["checksum/config"] != after["checksum/config"]


@pytest.mark.parametrize("make", [ours, l1, l2])
@pytest.mark.parametrize("chart", [KmopChart, Chart])
def test_no_checksum_depends_on_a_secret_value(make: Any, chart: type[Chart]) -> None:
    """A digest of a four-digit PIN is reversed in 10,000 attempts."""
    spec = replace(SPEC, env_from=(SecretEnv("app"),))
    before, after = (pod_annotations(chart_with(spec, make("Secret", a=value), chart)) for value in ("1234", "9999"))
    assert before["checksum/config"] == after["checksum/config"]


@pytest.mark.parametrize("make", [ours, l1, l2])
def test_a_new_key_of_a_secret_changes_the_pods_that_read_it(make: Any) -> None:
    spec = replace(SPEC, env_from=(SecretEnv("app"),))
    before, after = (
        pod_annotations(chart_with(spec, make("Secret", **keys))) for keys in ({"a": "1"}, {"a": "1", "b": "1"})
    )
    assert before["checksum/config"] != after["checksum/config"]


def test_an_annotation_states_the_revision_of_any_secret() -> None:
    def drawn(revision: str) -> dict[str, str]:
        metadata = ApiObjectMetadata(name="app", annotations={"kmop-constructs/revision": revision})
        spec = replace(SPEC, env_from=(SecretEnv("app"),))
        return pod_annotations(chart_with(spec, lambda chart: kp.Secret(chart, "app", metadata=metadata)))

    assert drawn("1") == drawn("1") != drawn("2")


def test_a_revision_that_is_not_text_is_refused() -> None:
    with pytest.raises(SpecError, match="^c/app: revision: not text, got 2; write '2'"):
        chart_with(SPEC, revised(cast(Any, 2), a="x"))


def test_content_written_in_the_spec_rolls_the_pods_too() -> None:
    before, after = (
        pod_annotations(chart_with(replace(SPEC, files={"/etc/a": Text(text)}), lambda _: None)) for text in ("1", "2")
    )
    assert before["checksum/config"] != after["checksum/config"]


def test_pods_that_read_nothing_have_no_checksum() -> None:
    assert pod_annotations(chart_with(SPEC, ours("ConfigMap", a="1"))) == {}


def test_an_external_object_has_no_checksum() -> None:
    spec = replace(SPEC, env={"A": SecretKey("theirs", "a", external=True)})
    assert pod_annotations(chart_with(spec, lambda _: None)) == {}


def test_labels_of_the_object_do_not_roll_the_pods() -> None:
    def add(chart: Chart) -> None:
        made = ours("ConfigMap", a="1")(chart)
        assert isinstance(made, Manifest)
        made.metadata.add_label("x", "y")

    spec = replace(SPEC, env_from=(ConfigMapEnv("app"),))
    assert pod_annotations(chart_with(spec, add)) == pod_annotations(chart_with(spec, ours("ConfigMap", a="1")))


def test_an_object_of_the_same_name_elsewhere_plays_no_part() -> None:
    spec = replace(SPEC, env_from=(ConfigMapEnv("app"),))

    def drawn(own: str, other: str, namespaces: tuple[str | None, str | None]) -> dict[str, str]:
        app = App()
        charts = [KmopChart(app, id, namespace=each) for id, each in zip("ab", namespaces, strict=True)]
        for chart, value in zip(charts, (other, own), strict=True):
            ours("ConfigMap", a=value)(chart)
        Microservice(charts[1], "web", spec)
        return pod_annotations(charts[1])

    for namespaces in (("one", "two"), (None, None)):
        assert drawn("1", "1", namespaces) == drawn("1", "2", namespaces)
        assert drawn("1", "1", namespaces) != drawn("2", "1", namespaces)


def test_other_annotations_stay() -> None:
    spec = replace(SPEC, env_from=(ConfigMapEnv("app"),), pod_annotations={"note": "x"})
    assert set(pod_annotations(chart_with(spec, ours("ConfigMap", a="1")))) == {"note", "checksum/config"}


def patched_annotations(*operations: Operation, **data: str) -> dict[str, str]:
    chart = KmopChart(App(), "c", namespace="shop")
    web = Microservice(chart, "web", replace(SPEC, env={"A": ConfigKey("app", "a")}))
    ours("ConfigMap", a="1")(chart)
    Manifest(chart, "more", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "more"}, "data": data})
    cast("Manifest", web.runs).patch(*operations)
    return pod_annotations(chart)


ENV_FROM = Add("/spec/template/spec/containers/0/envFrom", [{"configMapRef": {"name": "more"}}])
TEMPLATE = "/spec/template/metadata/annotations"


def test_a_checksum_covers_what_a_patch_adds() -> None:
    assert patched_annotations(ENV_FROM, x="1") == patched_annotations(ENV_FROM, x="1")
    assert patched_annotations(ENV_FROM, x="1") != patched_annotations(ENV_FROM, x="2")


def test_a_checksum_goes_with_what_a_patch_removes() -> None:
    assert patched_annotations(Remove("/spec/template/spec/containers/0/env")) == {}


def test_a_patch_of_the_checksum_itself_stays() -> None:
    key = f"{TEMPLATE}/checksum~1config"
    assert patched_annotations(ENV_FROM, Replace(key, "mine")) == {"checksum/config": "mine"}
    assert patched_annotations(ENV_FROM, Remove(TEMPLATE)) == {}


@pytest.mark.parametrize("path", ["/spec/template", "/spec/template/spec", "/spec/template/metadata", "/spec"])
def test_a_patch_that_breaks_the_pods_is_a_finding(path: str) -> None:
    with pytest.raises(RuntimeError, match="findings?; nothing was written"):
        patched_annotations(Remove(path))


@pytest.mark.parametrize("part", ["env", "env/0/valueFrom"])
def test_a_malformed_part_of_the_pods_is_a_finding_too(part: str) -> None:
    with pytest.raises(RuntimeError, match="1 finding; nothing was written"):
        patched_annotations(Replace(f"/spec/template/spec/containers/0/{part}", "x"))

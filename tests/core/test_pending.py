"""Constructs that the engine has not heard of: whoever looks finds what would be there if it knew them all.

Each scenario is run twice and comes to the same: with constructs that wait and files that Python writes, and with constructs that
are created at once and files that the engine writes.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.engine import counted
from kmop_constructs import Image, KmopChart, Manifest, Microservice, ServiceSpec
from kmop_constructs.core import model, pending, place

import cdk8s
import cdk8s_plus_27 as kp
import constructs
import jsii
import pytest
from cdk8s import ApiObject, App, Chart, JsonPatch, Lazy, Testing, YamlOutputType

SPEC = ServiceSpec(image=Image("nginxinc/nginx-unprivileged:1.27.2"), port=8080)
Scenario = Callable[[Path], object]
SCENARIOS: list[Scenario] = []


def scenario(function: Scenario) -> Scenario:
    SCENARIOS.append(function)
    return function


def shop(folder: Path, kind: type[App] = App, **options: Any) -> tuple[App, KmopChart]:
    app = kind(outdir=str(folder), **options)
    return app, KmopChart(app, "c", namespace="n")


def config(scope: constructs.Construct, id: str) -> Manifest:
    return Manifest(scope, id, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": id}})


def widget(scope: constructs.Construct, id: str) -> ApiObject:
    made = ApiObject(scope, id, api_version="acme.io/v1", kind="Widget", metadata={"name": id})
    spec: dict[str, object] = {
        "text": "a: b\n # c\n",
        "empty": {},
        "list": [[], {"k": "no"}, 1e-3],
        "10": "x",
        "9": "y",
    }
    made.add_json_patch(JsonPatch.add("/spec", spec))
    return made


def paths(found: Any) -> list[str]:
    return [each.node.path for each in found]


def files(folder: Path) -> dict[str, str]:
    return {
        str(each.relative_to(folder)): each.read_text(encoding="utf-8")
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }


def written(app: App, folder: Path) -> dict[str, str]:
    app.synth()
    return files(folder)


@scenario
def walk_the_tree(folder: Path) -> object:
    app, chart = shop(folder)
    Microservice(chart, "x", SPEC)
    Microservice(chart, "y", SPEC)
    return paths(app.node.find_all())


@scenario
def hold_nodes_early(folder: Path) -> object:
    _, chart = shop(folder)
    node = chart.node
    web = Microservice(chart, "x", SPEC)
    inner, before = web.node, len(node.children)
    Microservice(chart, "y", SPEC)
    config(web, "z")
    return before, paths(node.children), paths(inner.children), paths(node.find_all())


@scenario
def take_an_id_after_the_engine(folder: Path) -> object:
    _, chart = shop(folder)
    kp.ConfigMap(chart, "x", metadata=cdk8s.ApiObjectMetadata(name="m"))
    return Microservice(chart, "x", SPEC)


@scenario
def take_an_id_before_the_engine(folder: Path) -> object:
    _, chart = shop(folder)
    Microservice(chart, "x", SPEC)
    return kp.ConfigMap(chart, "x", metadata=cdk8s.ApiObjectMetadata(name="m"))


@scenario
def draw_inside_a_service(folder: Path) -> object:
    app, chart = shop(folder)
    web = Microservice(chart, "x", SPEC)
    kp.ConfigMap(web, "cm", metadata=cdk8s.ApiObjectMetadata(name="m"), data={"a": "1"})
    return written(app, folder)


@scenario
def take_an_id_inside_a_service(folder: Path) -> object:
    _, chart = shop(folder)
    return kp.ConfigMap(Microservice(chart, "x", SPEC), "service", metadata=cdk8s.ApiObjectMetadata(name="m"))


@scenario
def take_an_id_inside_after_the_engine(folder: Path) -> object:
    _, chart = shop(folder)
    web = Microservice(chart, "x", SPEC)
    kp.ConfigMap(web, "cm", metadata=cdk8s.ApiObjectMetadata(name="m"))
    return config(web, "cm")


@scenario
def take_an_id_twice(folder: Path) -> object:
    _, chart = shop(folder)
    Microservice(chart, "x", SPEC)
    return Microservice(chart, "x", SPEC)


@scenario
def remove_and_make_again(folder: Path) -> object:
    app, chart = shop(folder)
    Microservice(chart, "x", SPEC)
    Microservice(chart, "y", SPEC)
    removed = chart.node.try_remove_child("x")
    first = written(app, folder)
    Microservice(chart, "x", SPEC)
    return removed, first, written(app, folder)


@scenario
def draw_below_what_was_removed(folder: Path) -> object:
    app, chart = shop(folder)
    gone = Microservice(chart, "x", SPEC)
    Microservice(chart, "y", SPEC)
    chart.node.try_remove_child("x")
    config(gone, "late")
    return written(app, folder)


@scenario
def walk_in_ones_own_app(folder: Path) -> object:
    seen: list[str] = []

    class Walker(App):
        def synth(self) -> None:
            seen.extend(paths(self.node.find_all()))
            super().synth()

    app, chart = shop(folder, Walker)
    Microservice(chart, "x", SPEC)
    return seen, written(app, folder)


@scenario
def walk_while_a_value_is_made(folder: Path) -> object:
    app, chart = shop(folder)

    @jsii.implements(cdk8s.IAnyProducer)
    class Producer:
        def produce(self) -> Any:
            return ",".join(paths(chart.node.find_all()))

    metadata = {"name": "o", "annotations": {"a": Lazy.any(Producer())}}
    ApiObject(Chart(app, "p"), "o", api_version="v1", kind="ConfigMap", metadata=metadata)
    Microservice(chart, "x", SPEC)
    return written(app, folder)


@scenario
def walk_in_a_validation(folder: Path) -> object:
    app, chart = shop(folder)
    seen: list[int] = []

    @jsii.implements(constructs.IValidation)
    class Counts:
        def validate(self) -> list[str]:
            seen.append(len(chart.node.find_all()))
            return []

    chart.node.add_validation(Counts())
    Microservice(chart, "x", SPEC)
    return written(app, folder), seen


@scenario
def fail_in_a_validation(folder: Path) -> object:
    app, chart = shop(folder)

    @jsii.implements(constructs.IValidation)
    class Refuses:
        def validate(self) -> list[str]:
            return ["no"]

    Microservice(chart, "x", SPEC).node.add_validation(Refuses())
    return written(app, folder)


@scenario
def render_a_chart_alone(folder: Path) -> object:
    _, chart = shop(folder)
    Microservice(chart, "x", SPEC)
    return Testing.synth(chart)


def laid_out(layout: YamlOutputType) -> Scenario:
    def write(folder: Path) -> object:
        app, chart = shop(folder, yaml_output_type=layout)
        Microservice(chart, "x", SPEC)
        Microservice(KmopChart(app, "e", namespace="n2"), "y", SPEC)
        KmopChart(app, "empty")
        return written(app, folder)

    write.__name__ = f"write_{layout.name.lower()}"
    return write


def mixed(layout: YamlOutputType) -> Scenario:
    """With objects of others, some in charts of theirs, and charts whose ids are no names of files."""

    def write(folder: Path) -> object:
        app, chart = shop(folder, yaml_output_type=layout)
        Microservice(chart, "x", SPEC)
        widget(chart, "beside")
        widget(constructs.Construct(chart, "group"), "grouped")
        theirs = Chart(app, "Their Chart", namespace="theirs")
        widget(theirs, "own")
        config(theirs, "ours")
        Microservice(KmopChart(app, "Shop_" + "x" * 70, namespace="n2"), "y", SPEC)
        Chart(app, "empty")
        return written(app, folder), app.synth_yaml()

    write.__name__ = f"write_mixed_{layout.name.lower()}"
    return write


def nested(layout: YamlOutputType) -> Scenario:
    """With charts inside of charts: the names of files begin with numbers."""

    def write(folder: Path) -> object:
        app, chart = shop(folder, yaml_output_type=layout)
        Microservice(chart, "x", SPEC)
        widget(Chart(chart, "theirs", namespace="theirs"), "own")
        config(KmopChart(Chart(constructs.Construct(app, "group"), "around"), "inner", namespace="n"), "deep")
        return written(app, folder), app.synth_yaml()

    write.__name__ = f"write_nested_{layout.name.lower()}"
    return write


for layouts in (laid_out, mixed, nested):
    SCENARIOS.extend(map(layouts, YamlOutputType))


@scenario
def record_what_each_object_is_of(folder: Path) -> object:
    app, chart = shop(folder, record_construct_metadata=True)
    Microservice(chart, "x", SPEC)
    return written(app, folder)


@scenario
def write_files_of_another_name(folder: Path) -> object:
    app, chart = shop(folder, output_file_extension=".yml")
    Microservice(chart, "x", SPEC)
    return written(app, folder)


@scenario
def ask_static_methods(folder: Path) -> object:
    app, chart = shop(folder)
    web = Microservice(chart, "x", SPEC)
    runs = web.manifest("Deployment")
    return (
        Chart.of(runs) is chart,
        runs.chart is chart,
        runs.node.path,
        runs.name,
        ApiObject.is_api_object(runs),
        constructs.Construct.is_construct(web),
        runs.node.scope is web,
        web.node.root is app,
        chart.node.find_child("x") is web,
        runs.to_json()["kind"],
    )


@scenario
def group_in_a_plain_construct(folder: Path) -> object:
    app, chart = shop(folder)
    group = constructs.Construct(chart, "g")
    Microservice(group, "x", SPEC)
    Microservice(group, "y", SPEC)
    return written(app, folder), paths(group.node.children)


@scenario
def remove_a_group(folder: Path) -> object:
    app, chart = shop(folder)
    Microservice(constructs.Construct(chart, "g"), "x", SPEC)
    Microservice(chart, "y", SPEC)
    chart.node.try_remove_child("g")
    return written(app, folder)


@scenario
def depend_across_charts(folder: Path) -> object:
    app, chart = shop(folder)
    other = KmopChart(app, "b", namespace="n")
    first, second = Microservice(chart, "x", SPEC), Microservice(other, "y", SPEC)
    first.node.add_dependency(second)
    Microservice(other, "z", SPEC)
    config(first, "late")
    return written(app, folder)


@scenario
def write_into_one_text(folder: Path) -> object:
    app, chart = shop(folder)
    Microservice(chart, "x", SPEC)
    return app.synth_yaml()


@scenario
def ask_a_chart_for_its_objects(folder: Path) -> object:
    app, chart = shop(folder)
    Microservice(chart, "x", SPEC)
    return [each is chart for each in app.charts], [each.name for each in chart.api_objects]


@scenario
def edit_between_two_synths(folder: Path) -> object:
    app, chart = shop(folder)
    web = Microservice(chart, "x", SPEC)
    first = written(app, folder)
    web.manifest("Deployment").metadata.add_label("a", "b")
    return first, written(app, folder)


@scenario
def put_a_chart_into_a_service(folder: Path) -> object:
    app, chart = shop(folder)
    Microservice(KmopChart(Microservice(chart, "x", SPEC), "inner", namespace="n"), "z", SPEC)
    return written(app, folder)


@scenario
def apply_a_mixin(folder: Path) -> object:
    """Of constructs from 10.5 on."""
    app, chart = shop(folder)
    web = Microservice(chart, "x", SPEC)
    if not hasattr(web, "with_"):
        return "not there"
    seen: list[str] = []

    @jsii.implements(constructs.IMixin)
    class Notes:
        def supports(self, construct: constructs.IConstruct) -> bool:
            return bool(construct.node.path)

        def apply_to(self, construct: constructs.IConstruct) -> None:
            seen.append(construct.node.path)

    web.with_(Notes())
    return seen, written(app, folder)


@scenario
def make_two_apps_at_once(folder: Path) -> object:
    one, chart = shop(folder / "one")
    other, twin = shop(folder / "other")
    Microservice(chart, "x", SPEC)
    Microservice(twin, "y", SPEC)
    kp.ConfigMap(chart, "cm", metadata=cdk8s.ApiObjectMetadata(name="m"))
    Microservice(twin, "z", SPEC)
    return written(one, folder / "one"), written(other, folder / "other")


def outcome(run: Scenario, folder: Path) -> object:
    try:
        return run(folder)
    except Exception as error:  # noqa: BLE001 - whatever it comes to is compared
        return type(error).__name__, str(error).splitlines()[0].replace(str(folder), "")


@pytest.mark.parametrize("run", SCENARIOS, ids=[each.__name__ for each in SCENARIOS])
def test_every_kind_of_access_finds_the_whole_tree(
    run: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = outcome(run, tmp_path / "waiting")
    for module in (place, model):
        monkeypatch.setattr(module, "usable", lambda: False)
    assert waiting == outcome(run, tmp_path / "at-once")


def test_nothing_is_created_without_access_to_the_tree(tmp_path: Path) -> None:
    app, chart = shop(tmp_path)
    with counted() as engine:
        Microservice(chart, "x", SPEC)
    assert engine.messages == 0
    assert written(app, tmp_path)


def test_a_static_method_without_constructs_creates_nothing(tmp_path: Path) -> None:
    _, chart = shop(tmp_path)
    Microservice(chart, "x", SPEC)
    with counted() as engine:
        cdk8s.Yaml.stringify({"a": [1]})
        cdk8s.JsonPatch.add("/spec", {"a": 1})
        assert cdk8s.Size.gibibytes(1).to_gibibytes() == 1
    assert engine.messages == 4


def test_a_patch_creates_what_is_pending_in_its_app_alone(tmp_path: Path) -> None:
    _, other = shop(tmp_path / "other")
    Microservice(other, "y", SPEC)
    widget(shop(tmp_path)[1], "x")
    with counted() as engine:
        other.node.find_all()
    assert engine.messages > 5


def test_an_object_of_no_app_creates_nothing(tmp_path: Path) -> None:
    _, chart = shop(tmp_path)
    Microservice(chart, "x", SPEC)

    @jsii.implements(cdk8s.IAnyProducer)
    class Producer:
        def produce(self) -> Any:
            return 1

    with counted() as engine:
        Lazy.any(Producer())
    assert engine.messages == 2


def test_a_static_method_with_a_construct_finds_the_whole_tree(tmp_path: Path) -> None:
    _, chart = shop(tmp_path)
    web = Microservice(chart, "x", SPEC)
    Microservice(chart, "y", SPEC)
    with counted() as engine:
        assert constructs.Construct.is_construct(web)
    assert engine.messages > 10


def test_another_jsii_creates_at_once_with_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kernel: Any = importlib.import_module("jsii").kernel
    monkeypatch.setattr(kernel, "provider", object())
    assert pending._install() is False  # pyright: ignore[reportPrivateUsage]
    assert "this release of jsii was not tested" in caplog.text

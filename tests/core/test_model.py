"""Synthesis of a whole app: all or nothing, the same bytes every time, and errors of their own type."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kmop_constructs import (
    ExternalHost,
    Image,
    KmopChart,
    Manifest,
    Microservice,
    ServiceRef,
    ServiceSpec,
    SpecError,
    Text,
)
from kmop_constructs.authors import Deferred
from kmop_constructs.patch import Remove

import pytest
import yaml
from cdk8s import ApiObject, App, Chart, Testing, YamlOutputType
from constructs import Construct

Object = dict[str, Any]

API = ServiceSpec(image=Image("acme/api:1.0"), port=8080)


def config(name: str, **data: Any) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def failing(name: str, draw: Callable[[Any], Any]) -> Deferred:
    return Deferred(api_version="v1", kind="ConfigMap", name=name, draw=draw)


def shop(scope: Construct, kind: type[Chart] = KmopChart) -> Chart:
    chart = kind(scope, "shop", namespace="shop", labels={"team": "a"})
    Microservice(
        chart,
        "web",
        ServiceSpec(image=Image("acme/web:1.0"), port=8080, files={"/etc/app.yaml": Text("a: 1\n")}),
        uses=[ServiceRef("api", port=8080).http(), ExternalHost("api.stripe.com").http()],
    )
    Microservice(chart, "api", API)
    Manifest(
        chart, "widget", {"apiVersion": "acme.io/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"a": [1]}}
    )
    return chart


def files(app: App) -> dict[str, str]:
    folder = Path(app.outdir)
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in folder.rglob("*") if path.is_file()}


def objects(app: App) -> list[Object]:
    return [each for text in files(app).values() for each in yaml.safe_load_all(text) if each]


def by_name(found: list[Object]) -> list[Object]:
    return sorted(found, key=lambda each: (each["kind"], each["metadata"]["name"]))


def app_in(folder: Path, **options: Any) -> App:
    return App(outdir=str(folder), **options)


def test_a_plain_chart_gives_the_same_objects_as_ours(tmp_path: Path) -> None:
    rendered: list[list[Object]] = []
    for kind in (KmopChart, Chart):
        app = app_in(tmp_path / kind.__name__)
        chart = shop(app, kind)
        app.synth()
        rendered.append(by_name(objects(app)))
        assert by_name(Testing.synth(chart)) == rendered[-1]
        assert by_name(list(yaml.safe_load_all(app.synth_yaml()))) == rendered[-1]
    assert rendered[0] == rendered[1]
    assert len(rendered[0]) > 8


def test_a_second_synth_gives_the_same_bytes(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    chart = shop(app)
    app.synth()
    first, alone = files(app), Testing.synth(chart)
    app.synth()
    assert files(app) == first
    assert Testing.synth(chart) == alone


def test_what_is_added_or_edited_between_two_synths_is_seen(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    chart = KmopChart(app, "c")
    manifest = Manifest(chart, "m", config("m", a="1"))
    app.synth()
    manifest.metadata.add_label("x", "y")
    Manifest(chart, "n", config("n"))
    app.synth()
    assert [each["metadata"] for each in objects(app)] == [{"name": "m", "labels": {"x": "y"}}, {"name": "n"}]


@pytest.mark.parametrize("output", list(YamlOutputType))
def test_every_layout_of_files_holds_the_same_objects(tmp_path: Path, output: YamlOutputType) -> None:
    app = app_in(tmp_path, yaml_output_type=output)
    shop(app)
    other = KmopChart(app, "other", namespace="other")
    Manifest(other, "m", config("m"))
    app.synth()
    expected = [*Testing.synth(other), *(each for each in app.charts[0].to_json())]
    assert by_name(objects(app)) == by_name(expected)


def test_several_apps_do_not_know_of_each_other(tmp_path: Path) -> None:
    one, other = app_in(tmp_path / "one"), app_in(tmp_path / "other")
    shop(one)
    chart = KmopChart(other, "shop", namespace="shop")
    Microservice(chart, "web", API, uses=[ServiceRef("api", port=8080).http()])
    one.synth()
    with pytest.raises(Exception, match="calls the Service 'api', which no service of this app"):
        other.synth()
    Microservice(chart, "api", API)
    other.synth()
    assert len(objects(other)) == 10


class MineError(Exception):
    """An error of somebody else."""


@pytest.mark.parametrize("error", [SpecError("c/late: mine"), MineError("mine"), KeyError("mine")])
@pytest.mark.parametrize("kind", [KmopChart, Chart])
def test_an_error_in_a_drawing_keeps_its_type_and_nothing_is_written(
    tmp_path: Path, error: Exception, kind: type[Chart]
) -> None:
    def draw(_: object) -> Object:
        raise error

    app = app_in(tmp_path / "dist")
    Manifest(kind(app, "a"), "fine", config("fine"))
    Manifest(kind(app, "b"), "late", failing("late", draw))
    for synth in (app.synth, app.synth_yaml):
        with pytest.raises(type(error)) as caught:
            synth()
        assert caught.value is error
    assert not (tmp_path / "dist").exists()


def test_a_synth_that_fails_leaves_the_last_output_alone(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    shop(app)
    app.synth()
    before = files(app)
    broken = Manifest(KmopChart(app, "broken"), "d", failing("d", lambda _: config("d")))
    broken.patch(Remove("/data/nope"))
    with pytest.raises(SpecError):
        app.synth()
    assert files(app) == before


def test_an_app_can_be_mended_after_a_synth_that_failed(tmp_path: Path) -> None:
    values: list[Any] = [(1, 2)]
    app = app_in(tmp_path)
    Manifest(KmopChart(app, "c"), "d", failing("d", lambda _: config("d", a=values[0])))
    with pytest.raises(SpecError, match="c/d: data.a is a tuple"):
        app.synth()
    values[0] = "fine"
    app.synth()
    assert objects(app)[0]["data"] == {"a": "fine"}


def test_an_app_without_a_python_object_gets_a_hint(tmp_path: Path) -> None:
    app = Testing.app(outdir=str(tmp_path / "dist"))
    chart = KmopChart(app, "shop", namespace="shop")
    Microservice(chart, "web", API, uses=[ServiceRef("nobody", port=80).http()])
    with pytest.raises(Exception, match="which no service of this app"):
        app.synth()
    assert not (tmp_path / "dist").exists()


def test_an_app_of_the_test_kit_works(tmp_path: Path) -> None:
    for kind in (KmopChart, Chart):
        app = Testing.app(outdir=str(tmp_path / kind.__name__))
        chart = shop(app, kind)
        app.synth()
        assert by_name(objects(app)) == by_name(Testing.synth(chart))


def test_an_apps_own_synth_still_runs(tmp_path: Path) -> None:
    seen: list[str] = []

    class Own(App):
        def synth(self) -> None:
            seen.append("before")
            super().synth()
            seen.append("after")

        def synth_yaml(self) -> str:
            return "# mine\n" + super().synth_yaml()

    app = Own(outdir=str(tmp_path))
    shop(app)
    app.synth()
    assert seen == ["before", "after"]
    assert files(app)
    assert app.synth_yaml().startswith("# mine\n")


def test_objects_of_the_engine_are_written_beside_ours(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    chart = KmopChart(app, "c", namespace="shop")
    ApiObject(chart, "theirs", api_version="acme.io/v1", kind="Widget", metadata={"name": "theirs"})
    Manifest(chart, "ours", config("ours"))
    app.synth()
    assert [each["metadata"]["name"] for each in objects(app)] == ["ours", "theirs"]


def test_an_app_without_anything_of_ours_is_left_alone(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    ApiObject(Chart(app, "c"), "x", api_version="v1", kind="Widget")
    app.synth()
    assert "synth" not in vars(app)
    assert len(objects(app)) == 1


def test_a_chart_that_is_rendered_alone_checks_the_whole_app(tmp_path: Path) -> None:
    app = app_in(tmp_path)
    chart = KmopChart(app, "fine")
    Manifest(chart, "m", config("m"))
    Manifest(KmopChart(app, "broken"), "d", failing("d", lambda _: config("d", a={1})))
    with pytest.raises(SpecError, match="broken/d: data.a is a set"):
        chart.to_json()

"""The files of an app: all are written or none, and none is written twice."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kmop_constructs import CheckError, KmopChart, Manifest, Platform
from kmop_constructs.core.writing import write_files
from kmop_constructs.errors import OutputError, SpecError

import pytest
from cdk8s import App, YamlOutputType

OLD = "# from before\n"


def config(scope: KmopChart, name: str, **metadata: str) -> Manifest:
    return Manifest(
        scope,
        f"{name}{len(metadata)}",
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}},
    )


def shop(folder: Path, *charts: str, **options: Any) -> App:
    app = App(outdir=str(folder), **options)
    for chart in charts:
        config(KmopChart(app, chart, namespace=chart), "settings")
    return app


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def fail_after(moves: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a move fail, as on a disk that becomes read-only."""
    replace: Callable[..., Path] = Path.replace
    done: list[Path] = []

    def failing(self: Path, target: Path) -> Path:
        done.append(self)
        if len(done) == moves + 1:
            raise OSError(30, "Read-only file system", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)


def test_nothing_but_the_files_is_in_the_folder(tmp_path: Path) -> None:
    shop(tmp_path / "not" / "yet" / "there", "a", "b").synth()
    assert names(tmp_path / "not" / "yet" / "there") == ["a.k8s.yaml", "b.k8s.yaml"]


def test_a_file_that_was_there_is_replaced_and_others_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.k8s.yaml").write_text(OLD)
    (tmp_path / "README").write_text(OLD)
    shop(tmp_path, "a").synth()
    assert "ConfigMap" in (tmp_path / "a.k8s.yaml").read_text()
    assert (tmp_path / "README").read_text() == OLD


@pytest.mark.parametrize("moves", range(5))
def test_where_a_file_cannot_be_written_all_are_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    for name in ("a", "c"):
        (tmp_path / f"{name}.k8s.yaml").write_text(OLD)
    with monkeypatch.context() as patch:
        fail_after(moves, patch)
        with pytest.raises(
            OutputError, match=f"^{tmp_path}: cannot be written .*Read-only file system.*; free disk space"
        ):
            shop(tmp_path, "a", "b", "c").synth()
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == {"a.k8s.yaml": OLD, "c.k8s.yaml": OLD}


def test_a_folder_in_the_place_of_a_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "b.k8s.yaml" / "inner").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"b\.k8s\.yaml"):
        shop(tmp_path, "a", "b").synth()
    assert names(tmp_path) == ["b.k8s.yaml"]
    assert names(tmp_path / "b.k8s.yaml") == ["inner"]


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text(OLD)
    with pytest.raises(OutputError, match="dist: cannot be written"):
        shop(tmp_path / "dist", "a").synth()


def test_an_app_with_a_finding_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.k8s.yaml").write_text(OLD)
    app = shop(tmp_path, "a")
    config(KmopChart(app, "b"), "settings", namespace="a")
    with pytest.raises(CheckError, match="object-duplicate"):
        app.synth()
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == {"a.k8s.yaml": OLD}


def test_two_objects_are_never_written_to_one_file(tmp_path: Path) -> None:
    app = shop(tmp_path, "a", "b", yaml_output_type=YamlOutputType.FILE_PER_RESOURCE)
    with pytest.raises(SpecError) as caught:
        app.synth()
    assert str(caught.value) == (
        "ConfigMap.settings.k8s.yaml: two objects would be written to this file, ConfigMap a/settings and ConfigMap "
        "b/settings, and the first would be lost; use another yaml_output_type of App, such as FILE_PER_CHART"
    )
    assert names(tmp_path) == []


def test_files_of_an_earlier_run_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "gone.k8s.yaml").write_text(OLD)
    (tmp_path / "values.yaml").write_text(OLD)
    with caplog.at_level(logging.WARNING, "kmop_constructs"):
        shop(tmp_path, "a").synth()
    expected = (
        f"notice: {tmp_path}: holds gone.k8s.yaml, which this run did not write, but `kubectl apply -f` applies it; delete "
        "it if its chart was removed"
    )
    assert caplog.messages == [expected]


def test_files_of_an_earlier_run_are_named_in_the_folders_of_charts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "Secret.gone.k8s.yaml").write_text(OLD)
    with caplog.at_level(logging.WARNING, "kmop_constructs"):
        shop(tmp_path, "a", yaml_output_type=YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE).synth()
    assert "holds a/Secret.gone.k8s.yaml, which" in caplog.text


def test_several_apps_of_a_run_may_share_a_folder(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "kmop_constructs"):
        shop(tmp_path, "a").synth()
        shop(tmp_path, "b").synth()
    assert caplog.messages == []
    assert names(tmp_path) == ["a.k8s.yaml", "b.k8s.yaml"]


def test_a_relative_folder_is_where_python_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shop(Path("out"), "a").synth()
    assert names(tmp_path / "out") == ["a.k8s.yaml"]


def test_a_file_is_utf_8_with_the_line_ends_of_unix(tmp_path: Path) -> None:
    write_files(tmp_path, {"a": "é\n", "inner/b": "x\n"})
    assert (tmp_path / "a").read_bytes() == b"\xc3\xa9\n"
    assert (tmp_path / "inner" / "b").read_bytes() == b"x\n"


@pytest.mark.parametrize("layout", [YamlOutputType.FILE_PER_APP, YamlOutputType.FILE_PER_RESOURCE])
def test_files_without_a_cluster_are_refused_for_two_clusters(tmp_path: Path, layout: YamlOutputType) -> None:
    app = App(outdir=str(tmp_path), yaml_output_type=layout)
    for name in ("eu", "us"):
        config(KmopChart(app, name, namespace="shop", platform=Platform(name=name)), f"settings-{name}")
    with pytest.raises(
        SpecError, match=f"^App: yaml_output_type: .*, got {layout.name} and the clusters eu, us; use FILE_PER_CHART"
    ):
        app.synth()
    assert names(tmp_path) == []


def test_charts_of_two_clusters_have_files_of_their_own(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    for name in ("eu", "us"):
        config(KmopChart(app, name, namespace="shop", platform=Platform(name=name)), "settings")
    app.synth()
    assert names(tmp_path) == ["eu.k8s.yaml", "us.k8s.yaml"]


@pytest.mark.parametrize("method", ["write_text", "replace"])
def test_an_interrupted_run_leaves_the_folder_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    (tmp_path / "a.k8s.yaml").write_text(OLD)
    original: Callable[..., Any] = getattr(Path, method)
    calls: list[Path] = []

    def interrupted(self: Path, *arguments: Any, **options: Any) -> Any:
        calls.append(self)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(self, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, method, interrupted)
        with pytest.raises(KeyboardInterrupt):
            shop(tmp_path, "a", "b").synth()
    assert {name: (tmp_path / name).read_text() for name in names(tmp_path)} == {"a.k8s.yaml": OLD}

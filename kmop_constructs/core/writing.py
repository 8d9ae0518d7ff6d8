"""Output files of an app: named as cdk8s names them, and written all or none.

Only the engine knows the results of its validations, the order of charts, and the objects of plain cdk8s charts, so these
are requested from it. The behaviour of cdk8s is in its ``lib/app.js`` and ``lib/names.js``.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

from kmop_constructs.core.chart import KmopChart
from kmop_constructs.core.pending import own_messages
from kmop_constructs.core.place import reference_of
from kmop_constructs.core.reading import nearest_chart
from kmop_constructs.core.yaml import stringify
from kmop_constructs.errors import OutputError, SpecError

from cdk8s import App, Chart, Names, YamlOutputType

if TYPE_CHECKING:
    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.synthesis import RenderedApp

__all__ = ["text_of", "write", "write_files"]

_LOG = logging.getLogger("kmop_constructs")

_PLAIN_NAME = re.compile(r"[0-9a-z-]{1,63}")
"""Id of a chart directly below the app that is used unchanged as the file name."""
_NOT_IN_FILE_NAMES = re.compile(r"[^0-9a-zA-Z-_.]")

_WRITTEN: dict[Path, set[str]] = {}
"""Files that this process has written, by folder. Several apps may use one folder."""

Documents = list[tuple[Chart, list["JsonObject"]]]


def text_of(synthesis: RenderedApp) -> str:
    """Return all objects of an app as text, like `App.synth_yaml`."""
    return stringify(*(item for _, items in _documents(synthesis) for item in items))


def write(synthesis: RenderedApp) -> None:
    """Write the files of an app into its folder, like `App.synth`."""
    app = synthesis.model.app
    documents = _documents(synthesis)
    with own_messages():
        folder, extension, layout = Path(app.outdir), app.output_file_extension, app.yaml_output_type
    _keep_clusters_apart(synthesis, layout)
    files = _files(documents, layout, extension, numbered=_are_numbered(documents, synthesis.dependencies))
    write_files(folder, {name: stringify(*items) for name, items in files.items()})
    if extension:
        _notice_others(folder, files, extension)


def _documents(synthesis: RenderedApp) -> Documents:
    """Return the objects of each chart, in the engine's order of charts."""
    app = synthesis.model.app
    theirs = {reference_of(chart): cast("list[JsonObject]", chart.to_json()) for chart in synthesis.charts_of_others}
    if not theirs:
        with synthesis.silent():
            App.synth_yaml(app)  # validates as well
    with own_messages():
        charts = app.charts
    return [
        (chart, synthesis.of_chart(chart.path) if isinstance(chart, KmopChart) else theirs[reference_of(chart)])
        for chart in charts
    ]


def _keep_clusters_apart(synthesis: RenderedApp, layout: YamlOutputType) -> None:
    """Refuse a layout whose files do not tell for which cluster an object is."""
    clusters = {item.chart.identity for item in synthesis.objects if item.chart is not None}
    if len(clusters) > 1 and layout in (YamlOutputType.FILE_PER_APP, YamlOutputType.FILE_PER_RESOURCE):
        named = ", ".join(sorted("no name" if each is None else str(each) for each in clusters))
        raise SpecError(
            f"App: yaml_output_type: the files would not tell for which cluster an object is, got {layout.name} and the clusters "
            f"{named}; use FILE_PER_CHART, or an App with a folder for each cluster"
        )


def _files(
    documents: Documents, layout: YamlOutputType, extension: str, *, numbered: bool
) -> dict[str, list[JsonObject]]:
    """Return the objects of each file, by the file's path in the folder."""
    if layout == YamlOutputType.FILE_PER_APP:
        return {f"app{extension}": [item for _, items in documents for item in items]} if documents else {}
    found: dict[str, list[JsonObject]] = {}
    for number, (chart, items) in enumerate(documents):
        name = f"{number:04}-{_name_of(chart)}" if numbered else _name_of(chart)
        if layout == YamlOutputType.FILE_PER_CHART:
            found[f"{name}{extension}"] = items
            continue
        within = f"{name}/" if layout == YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE else ""
        for item in items:
            file = f"{within}{_NOT_IN_FILE_NAMES.sub('', _title(item))}{extension}"
            if file in found:
                raise SpecError(
                    f"{file}: two objects would be written to this file, {_shown(found[file][0])} and {_shown(item)}, and "
                    "the first would be lost; use another yaml_output_type of App, such as FILE_PER_CHART"
                )
            found[file] = [item]
    return found


def _name_of(chart: Chart) -> str:
    path = chart.path if isinstance(chart, KmopChart) else ""
    if _PLAIN_NAME.fullmatch(path):
        return path
    with own_messages():
        return Names.to_dns_label(chart)


def _title(item: JsonObject) -> str:
    metadata = cast("JsonObject", item.get("metadata") or {})
    return f"{item.get('kind', 'undefined')}.{metadata.get('name', 'undefined')}"


def _shown(item: JsonObject) -> str:
    metadata = cast("JsonObject", item.get("metadata") or {})
    return f"{item.get('kind')} {metadata.get('namespace', '')}/{metadata.get('name')}"


def _are_numbered(documents: Documents, dependencies: list[tuple[str, str]]) -> bool:
    """Return whether a chart depends on another chart or is directly below one. File names then begin with numbers."""
    paths = {_path(chart) for chart, _ in documents}
    if any(path.rpartition("/")[0] in paths for path in paths):
        return True
    return any(nearest_chart(source, paths) != nearest_chart(target, paths) for source, target in dependencies)


def _path(chart: Chart) -> str:
    if isinstance(chart, KmopChart):
        return chart.path
    with own_messages():
        return chart.node.path


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder: all of them, or none.

    New files are written next to the existing files and moved into place when all are complete. If a move fails, the
    existing files are restored.

    Raises `OutputError` if the files cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".kmop-constructs-", dir=folder) as beside:
            for number, text in enumerate(files.values()):
                (Path(beside) / str(number)).write_text(text, encoding="utf-8", newline="")
            _move(Path(beside), folder, list(files))
    except OSError as error:
        raise OutputError(
            f"{folder}: cannot be written ({error}), so nothing in it was changed; free disk space, or use another folder with "
            "App(outdir=…) or CDK8S_OUTDIR"
        ) from error


def _move(beside: Path, folder: Path, names: list[str]) -> None:
    for name in names:
        if (folder / name).is_dir():
            raise IsADirectoryError(f"{name} is a folder")
    moved: list[tuple[Path, Path, bool]] = []
    try:
        for number, name in enumerate(names):
            new, old, target = beside / str(number), beside / f"{number}.old", folder / name
            target.parent.mkdir(exist_ok=True)
            known = target.exists()
            moved.append((target, old, known))
            if known:
                target.replace(old)
            new.replace(target)
    except BaseException:
        for target, old, known in reversed(moved):
            if old.exists():
                old.replace(target)
            elif not known:
                target.unlink(missing_ok=True)
        raise


def _notice_others(folder: Path, files: Mapping[str, Any], extension: str) -> None:
    """Log the files of an earlier synth that `kubectl apply` would still apply."""
    written = _WRITTEN.setdefault(folder.resolve(), set())
    written.update(files)
    there = {
        f"{inner}{each.name}"
        for inner in sorted({name[: name.rfind("/") + 1] for name in files} | {""})
        for each in (folder / inner).iterdir()
        if each.name.endswith(extension) and not each.name.startswith(".")
    }
    if left := sorted(there - written):
        _LOG.warning(
            "notice: %s: holds %s, which this run did not write, but `kubectl apply -f` applies it; delete it if its chart "
            "was removed",
            folder,
            ", ".join(left),
        )

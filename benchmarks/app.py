"""An app as a user runs it, with nothing measured inside: ``python -m benchmarks.app ours 10 50 FOLDER``.

YAML alone reads the finished objects of the first: ``python -m benchmarks.app yaml 10 50 FOLDER OBJECTS``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.shapes import Layout, laid_out


def ours(layout: Layout, folder: str) -> None:
    from benchmarks.ours import draw

    from cdk8s import App

    app = App(outdir=folder)
    draw(app, layout)
    app.synth()


def by_hand(layout: Layout, folder: str) -> None:
    from benchmarks.by_hand import draw

    from cdk8s import App

    app = App(outdir=folder)
    draw(app, layout)
    app.synth()


def yaml(layout: Layout, folder: str, objects: str) -> None:
    import json

    from cdk8s import Yaml

    charts = json.loads(Path(objects).read_text(encoding="utf-8"))
    for (namespace, _), finished in zip(layout, charts, strict=True):
        Yaml.save(str(Path(folder) / f"{namespace}.k8s.yaml"), finished)


if __name__ == "__main__":
    contestant, count, size, *paths = sys.argv[1:]
    {"ours": ours, "by hand": by_hand, "yaml": yaml}[contestant](laid_out(int(count), int(size)), *paths)

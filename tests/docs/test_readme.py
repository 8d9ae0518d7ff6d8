"""What the README shows is what the apps run."""

import ast
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

from apps import quickstart
from kmop_constructs import KmopChart

import pytest
from cdk8s import App

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:<!-- (?P<source>\S+) -->\n)?```python\n(?P<code>.*?)```", README, re.DOTALL)
TAGGED = [(source, code) for source, code in BLOCKS if source]


def flattened(text: str) -> str:
    """The text without what the formatter decides: indentation and line breaks."""
    return re.sub(r"\s+", "", text)


def test_some_snippets_come_from_apps() -> None:
    assert {source for source, _ in TAGGED} >= {"apps/quickstart.py", "apps/team_service.py"}


@pytest.mark.parametrize(("source", "code"), TAGGED)
def test_a_snippet_stands_in_the_app_that_it_names(source: str, code: str) -> None:
    assert flattened(code) in flattened((ROOT / source).read_text(encoding="utf-8"))


@pytest.mark.parametrize("code", [code for _, code in BLOCKS])
def test_a_snippet_is_python_and_uses_public_names_only(code: str) -> None:
    import kmop_constructs

    tree = ast.parse(textwrap.dedent(code))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "kmop_constructs"
        for alias in node.names
    }
    assert imported <= set(kmop_constructs.__all__)
    assert {name for name in names if name.startswith(("Native", "Existing", "External"))} <= set(
        kmop_constructs.__all__
    )


def test_a_run_writes_a_file_named_after_the_chart(tmp_path: Path) -> None:
    environment = {**os.environ, "CDK8S_OUTDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "apps.quickstart"], cwd=ROOT, env=environment, check=True)
    assert [each.name for each in tmp_path.iterdir()] == ["quickstart.k8s.yaml"]
    assert "`dist/quickstart.k8s.yaml`" in README


def test_files_are_numbered_where_charts_have_an_order(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    quickstart.build(app).add_dependency(KmopChart(app, "platform", namespace="platform"))
    app.synth()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["0000-platform.k8s.yaml", "0001-quickstart.k8s.yaml"]
    assert "`0000-platform.k8s.yaml`" in README

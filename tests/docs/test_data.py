"""What the pages about data say is what is drawn."""

import re
from dataclasses import fields
from pathlib import Path

from apps import databases
from kmop_constructs.components.data.technology import (
    ELASTICSEARCH,
    MONGO,
    MYSQL,
    POSTGRES,
    RABBITMQ,
    REDIS,
    Technology,
)
from kmop_constructs.providers.native import NativeDataOptions
from kmop_constructs.testing import synthesize
from tests.public_names import public_names

import pytest
from cdk8s import App

ROOT = Path(__file__).parents[2]
PAGES = ("data.md", "stores/callers.md", "stores/native.md")
PAGE = "\n".join((ROOT / "docs" / each).read_text(encoding="utf-8") for each in PAGES)
ROWS: dict[str, list[str]] = {}
for line in PAGE.splitlines():
    if line.startswith("| "):
        first, *rest = (each.strip() for each in line.strip("| ").split(" | "))
        ROWS.setdefault(first, rest)
STORES = ["orders-db", "catalog-db", "reviews-db", "sessions", "search", "events"]


@pytest.mark.parametrize("technology", [POSTGRES, MYSQL, MONGO, REDIS, ELASTICSEARCH, RABBITMQ])
def test_every_technology_has_its_row_and_its_public_constructs(technology: Technology) -> None:

    *names, _ = ROWS[technology.name]
    assert len(names) == 3
    assert set(re.findall(r"`(\w+)`", " ".join(names))) <= set(public_names())


def test_the_users_and_paths_in_the_table_are_those_of_the_pods(app: App) -> None:
    result = synthesize(databases.build(app))
    for column, name in enumerate(STORES):
        pod = result.one("StatefulSet", name)["spec"]["template"]["spec"]
        context, mounts = pod["securityContext"], pod["containers"][0]["volumeMounts"]
        assert f"{context['runAsUser']}:{context['runAsGroup']}" in ROWS["user : group"][column]
        assert next(each["mountPath"] for each in mounts if each["name"] == "data") == ROWS["data at"][column].strip(
            "`"
        )


def test_every_option_has_its_place_in_the_table() -> None:
    table = PAGE.partition("`options=NativeDataOptions(…)` changes")[2].partition("For all other settings of a pod")[0]
    named = {name for line in table.splitlines() for name in re.findall(r"`(\w+)`", line.split(" | ")[0])}
    assert named == {each.name for each in fields(NativeDataOptions)}


def test_the_snippet_of_the_app_stands_there() -> None:
    [snippet] = re.findall(r"<!-- apps/databases.py -->\n```python\n(.*?)\n```", PAGE, re.DOTALL)
    assert snippet in (ROOT / "apps" / "databases.py").read_text(encoding="utf-8")

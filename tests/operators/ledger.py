"""The ledger: what a tool was seen to do with what is drawn for it, in a file that `make test` compares."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from tests.cluster.api import Object
from tests.cluster.systems import ROOT
from tools.control_plane.binaries import NEWEST
from tools.operators.recipes import OPERATORS

FOLDER = ROOT / "docs" / "ledger"
RENEW = "run `python -m tools.operators record`"
INTRODUCTION = (
    f"Written by a run of the tests with the operator: {RENEW} to write it again.\n"
    "`make test` fails when the objects or a version have changed since."
)


def head(tool: str, objects: Sequence[Object]) -> str:
    """What the rest of the ledger is true of: the objects, and the versions."""
    operator = OPERATORS[tool]
    return "\n".join(
        (
            f"# {tool}\n\n{INTRODUCTION}\n\n| | |\n|---|---|",
            f"| operator | `{operator.module}@{operator.version}` |",
            f"| Kubernetes | {NEWEST} |",
            f"| drawn | {drawn(objects)} |\n",
        )
    )


def body(seen: Iterable[str], not_seen: Iterable[str], accepted: Iterable[str]) -> str:
    """What was seen, what was not, and what the tool reports and is right to be there."""
    sections = {"Seen": seen, "Not seen": not_seen, "Reported, and accepted": accepted}
    return "".join(section(*each) for each in sections.items())


def drawn(objects: Sequence[Object]) -> str:
    """How many objects there are, and a digest of them."""
    digest = hashlib.sha256(json.dumps(objects, sort_keys=True).encode()).hexdigest()[:32]
    return f"{len(objects)} objects, `sha256:{digest}`"


def section(title: str, sentences: Iterable[str]) -> str:
    """A heading with a list."""
    return f"\n## {title}\n\n{_lines(sentences)}\n"


def sentences(passed: Iterable[str]) -> list[str]:
    """The names of tests as sentences; those of one test with several parameters as one."""
    found: dict[str, list[str]] = {}
    for name in passed:
        function, _, parameter = name.partition("[")
        sentence = re.sub("^test_", "", function).replace("_", " ").capitalize()
        found.setdefault(sentence, []).extend([parameter.removesuffix("]")] if parameter else [])
    return [_with(sentence, parameters) for sentence, parameters in found.items()]


def read(tool: str) -> str:
    """The ledger as it is; empty where there is none."""
    path = FOLDER / f"{tool}.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def write(texts: Mapping[str, str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for tool, text in texts.items():
        (FOLDER / f"{tool}.md").write_text(text, encoding="utf-8")


def _with(sentence: str, parameters: list[str]) -> str:
    return f"{sentence}: {', '.join(sorted(parameters))}" if parameters else sentence


def _lines(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {each}." for each in sentences) or "- Nothing."

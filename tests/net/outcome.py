"""What a synthesis comes to, and how two of them differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import ndiff
from pathlib import Path

from kmop_constructs import CheckError
from kmop_constructs.core.place import Placed
from kmop_constructs.errors import KmopError

from cdk8s import App
from constructs import IConstruct

SHOWN = 8
"""So many lines of an object that has changed are shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a synthesis comes to."""

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """What is in each file."""

    error: Exception | None = None
    """Why nothing was written."""

    left: frozenset[str] = frozenset()
    """For an error: the paths of all constructs that are in the tree."""

    @property
    def said(self) -> str:
        """In one word for a person: that it renders, or why not."""
        return "renders" if self.error is None else f"{type(self.error).__name__}: {self.error}"

    @property
    def expected(self) -> bool:
        """Whether it is something that a user may see: files, or findings."""
        return self.error is None or isinstance(self.error, CheckError)

    def same(self, other: Outcome) -> bool:
        """Whether the other comes to the same, byte for byte."""
        return self.files == other.files and self.said == other.said

    @property
    def objects(self) -> dict[str, list[str]]:
        """The lines of each object, by ``file kind namespace/name``."""
        found: dict[str, list[str]] = {}
        for file, text in self.files.items():
            for document in re.split(r"^---\n", text, flags=re.MULTILINE):
                kind, namespace, name = (
                    "".join(re.findall(rf"^{key}: (.*)$", document, flags=re.MULTILINE)[:1])
                    for key in ("kind", "  namespace", "  name")
                )
                found.setdefault(f"{file} {kind} {namespace}/{name}", []).extend(document.splitlines())
        return found


def outcome(app: App, change: Callable[[], None] | None = None) -> Outcome:
    """Change an app and synthesize it."""
    folder = Path(app.outdir)
    for file in folder.glob("*.yaml"):
        file.unlink()
    try:
        if change is not None:
            change()
        app.synth()
    except (KmopError, RuntimeError) as error:
        return Outcome(error=error, left=frozenset(map(_path, app.node.find_all())))
    return Outcome(files={file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.yaml"))})


def difference(paths: Collection[str], never: Outcome, now: Outcome) -> str | None:
    """How an app that never had the constructs at `paths` differs from one out of which they were taken.

    That differs rightly where the second is an error that names each loss at a construct that is left.
    """
    if never.same(now) and never.expected:
        return None
    if never.error is None and isinstance(now.error, CheckError) and all(names_the_loss(path, now) for path in paths):
        return None
    if never.error is not None or now.error is not None:
        told = ["never there:", *never.said.splitlines(), "taken out:", *now.said.splitlines()]
    else:
        told = _changed(never.objects, now.objects) or ["the files are in another order"]
    return "\n  ".join([", ".join(paths), *told])


def names_the_loss(path: str, now: Outcome) -> bool:
    """Whether a finding at a construct that is left names something at or below `path` that is not."""
    name = re.compile(rf"(?<![\w/-]){re.escape(path)}(?:/[\w-]+)*(?![\w-])")
    findings = [line.strip().partition(":") for line in now.said.splitlines()[1:]]
    return any(at in now.left and set(name.findall(said)) - now.left for at, _, said in findings)


def _changed(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[str]:
    told = [f"came: {each}" for each in after if each not in before]
    told += [f"went: {each}" for each in before if each not in after]
    for each, lines in before.items():
        if each in after and after[each] != lines:
            changes = [line for line in ndiff(lines, after[each]) if line[0] in "+-"]
            told += [f"changed: {each}", *(f"    {line}" for line in changes[:SHOWN])]
    return told


def _path(construct: IConstruct) -> str:
    """Its path. Who takes the node of one of ours is taken to declare a dependency, so it is asked itself."""
    return construct.path if isinstance(construct, Placed) else construct.node.path

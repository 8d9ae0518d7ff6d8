"""What a tool says of itself, so that others need not know it: kinds, rules, who draws what. Nothing is imported before it is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from kmop_constructs.errors import bad
from kmop_constructs.values.names import flag, frozen, made_by, mapping, several, text, texts

__all__ = ["Dotted", "Job", "JobIntent", "Kind", "RuleLike", "Tool", "checked_intents", "resolved"]

_DOTTED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class JobIntent(Protocol):
    """What a spec asks of a job that comes from outside: a frozen value that names its job, for ``also=(…,)``."""

    @property
    def job(self) -> str:
        """Name of the job, as `Job.name` says it."""
        ...


class RuleLike(Protocol):
    """A rule, as `kmop_constructs.checks.Rule` is one."""

    @property
    def id(self) -> str:
        """Its stable id."""
        ...

    @property
    def allowed(self) -> bool:
        """Whether what it finds can be allowed."""
        ...

    @property
    def check(self) -> Callable[[Any], Iterable[Any]] | None:
        """What looks for it."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Dotted:
    """A provider by its dotted name, imported when it first draws: ``Dotted("acme.backups:VeleroBackup")``."""

    name: str = field(kw_only=False)
    """Module and name, with a colon between them."""

    def __post_init__(self) -> None:
        _check_dotted("Dotted", self.name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Draw."""
        return self.value(*args, **kwargs)

    @property
    def value(self) -> Any:
        """What it names."""
        return resolved(self.name)


def _check_dotted(where: str, name: object) -> None:
    if not isinstance(name, str) or not _DOTTED.fullmatch(name):
        raise bad(where, "not a dotted name", name, "write 'package.module:Name'")


@cache
def resolved(name: str) -> Any:
    """What a dotted name names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A kind of custom resource that a tool serves."""

    group: str = field(kw_only=False)
    """Its API group, such as ``velero.io``."""

    name: str = field(kw_only=False)
    """Its name, such as ``Schedule``."""

    cluster_scoped: bool = False
    """Whether its objects belong to no namespace. Default: they belong to one."""

    before: str | None = None
    """The native kind before which its objects stand in a file. Default: they come last."""

    def __post_init__(self) -> None:
        text("Kind.group", self.group)
        text("Kind.name", self.name)
        flag("Kind.cluster_scoped", self.cluster_scoped)
        if self.before is not None:
            text("Kind.before", self.before)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A tool: an operator, a controller or a mesh."""

    name: str = field(kw_only=False)
    """Its name in lower case, such as ``velero``. `Cluster.releases` and `Cluster.operators` name it so."""

    title: str
    """As its makers write it."""

    kinds: tuple[Kind, ...] = ()
    """The kinds of custom resources that it serves. Default: none."""

    rules: tuple[RuleLike, ...] | str = ()
    """Facts about the whole app that are checked where a platform has the tool. Default: none."""

    provides: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The providers of each job, by dotted name: ``{"gateway": ("acme.edge:EdgeGateway",)}``. They appear in messages and in
    the capability tables. Default: none."""

    exports: tuple[str, ...] = ()
    """Further public names of its room, by dotted name: options, entries. Default: none."""

    reads: str | None = None
    """Dotted name of the readers of its kinds, by group and kind, which checks load when such an object is there. Default:
    checks do not look into its objects."""

    retired: bool = False
    """Whether its makers have stopped. Messages name it last. Default: no."""

    def __post_init__(self) -> None:
        text("Tool.name", self.name)
        if not re.fullmatch("[a-z][a-z0-9-]*", self.name):
            raise bad("Tool.name", "not a name in lower case", self.name, "write it as 'velero'")
        text("Tool.title", self.title)
        provided = mapping("Tool.provides", self.provides)
        provides = {text("Tool.provides", job): texts(f"Tool.provides[{job!r}]", of) for job, of in provided.items()}
        object.__setattr__(self, "provides", frozen(provides))
        object.__setattr__(self, "exports", texts("Tool.exports", self.exports))
        for name in (*(each for names in provides.values() for each in names), *self.exports):
            _check_dotted("Tool.provides" if name not in self.exports else "Tool.exports", name)
        if self.reads is not None:
            _check_dotted("Tool.reads", self.reads)
        flag("Tool.retired", self.retired)
        object.__setattr__(self, "kinds", several("Tool.kinds", self.kinds))
        for each in self.kinds:
            made_by("Tool.kinds", each, Kind)
        if isinstance(self.rules, str):
            _check_dotted("Tool.rules", self.rules)
        else:
            object.__setattr__(self, "rules", several("Tool.rules", self.rules))
            for each in self.rules:
                if not callable(getattr(each, "check", len)) or not isinstance(getattr(each, "id", None), str):
                    raise bad("Tool.rules", "not a rule", type(each).__name__, "write Rule(id=…, reason=…, check=…)")

    @property
    def public(self) -> tuple[str, ...]:
        """The dotted names of everything that its room exports, sorted by name."""
        provided = (each for names in self.provides.values() for each in names)
        return tuple(sorted({*provided, *self.exports}, key=lambda each: each.partition(":")[2]))

    @property
    def every_rule(self) -> tuple[RuleLike, ...]:
        """Its rules."""
        return resolved(self.rules) if isinstance(self.rules, str) else self.rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job that comes from outside, and who does it: ``Job("claim_backup", intent=ClaimBackup, provider=VeleroBackup)``."""

    name: str = field(kw_only=False)
    """Its name, which its intents say."""

    intent: type
    """The type of what can be asked of it."""

    provider: Callable[..., Any]
    """Who draws it: a class or a `functools.partial` of one, called with scope, id, ``service=`` and ``intent=``."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch("[a-z][a-z0-9_]*", self.name):
            raise bad("Job.name", "not a name", self.name, "write it as 'claim_backup'")
        if not isinstance(self.intent, type):
            raise bad("Job.intent", "not a type", self.intent, "write the class of its intents")
        if not callable(self.provider):
            raise bad("Job.provider", "not a provider", self.provider, "write a class, or a functools.partial of one")


def checked_intents(where: str, value: Iterable[JobIntent]) -> tuple[JobIntent, ...]:
    """Intents of jobs from outside."""
    found = several(where, value)
    for each in found:
        if not isinstance(getattr(each, "job", None), str):
            raise bad(where, "not an intent", type(each).__name__, "give its class an attribute job: the name of a Job")
    return found

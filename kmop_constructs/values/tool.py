"""Description of a tool: its kinds, rules and providers, by dotted name. Nothing is imported before it is used."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad, shown
from kmop_constructs.values.cluster import Watches
from kmop_constructs.values.names import flag, frozen, made_by, mapping, one_of, several, text, texts

__all__ = ["Dotted", "Job", "JobIntent", "Kind", "RuleLike", "Tool", "checked_intents", "release_line", "resolved"]

_DOTTED = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_RELEASE = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})(?:\.[0-9]{1,4})?")
_MINOR = re.compile(r"1\.[0-9]{1,3}")


def release_line(where: str, release: object) -> tuple[int, int]:
    """Return the release line of a tool as numbers that can be compared: ``(1, 30)`` for ``1.30`` and ``1.30.4``."""
    match = _RELEASE.fullmatch(release) if isinstance(release, str) else None
    if match is None:
        raise bad(where, "not a release", release, "write it as text of numbers, such as '1.30'")
    return int(match[1]), int(match[2])


class JobIntent(Protocol):
    """Input of a job from outside this library: a frozen value that names its job, for ``also=(…,)``."""

    @property
    def job(self) -> str:
        """Name of the job, equal to `Job.name`."""
        ...


class RuleLike(Protocol):
    """A rule, such as `kmop_constructs.checks.Rule`."""

    @property
    def id(self) -> str:
        """Stable id of the rule."""
        ...

    @property
    def allowed(self) -> bool:
        """Whether a finding of the rule can be allowed."""
        ...

    @property
    def check(self) -> Callable[[Any], Iterable[Any]] | None:
        """Function that checks the app. ``None`` if the rule's findings are made elsewhere."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Dotted:
    """A provider by its dotted name, imported on its first use: ``Dotted("acme.backups:VeleroBackup")``."""

    name: str = field(kw_only=False)
    """Dotted name: ``package.module:Name``."""

    def __post_init__(self) -> None:
        _check_dotted("Dotted", self.name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the provider, which draws its objects."""
        return self.value(*args, **kwargs)

    @property
    def value(self) -> Any:
        """Object behind the dotted name, imported on first use."""
        return resolved(self.name)


def _check_dotted(where: str, name: object) -> None:
    if not isinstance(name, str) or not _DOTTED.fullmatch(name):
        raise bad(where, "not a dotted name", name, "write 'package.module:Name'")


@cache
def resolved(name: str) -> Any:
    """Import and return the object behind a dotted name."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """Kind of custom resource that a tool serves."""

    group: str = field(kw_only=False)
    """API group of the kind, such as ``velero.io``."""

    name: str = field(kw_only=False)
    """Name of the kind, such as ``Schedule``."""

    cluster_scoped: bool = False
    """Whether objects of the kind have no namespace. Default: false, they are namespaced."""

    before: str | None = None
    """Native kind before which objects of this kind are written in a file. Default: not set; they are written last."""

    def __post_init__(self) -> None:
        text("Kind.group", self.group)
        text("Kind.name", self.name)
        flag("Kind.cluster_scoped", self.cluster_scoped)
        if self.before is not None:
            text("Kind.before", self.before)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tool:
    """A tool: an operator, a controller or a service mesh."""

    name: str = field(kw_only=False)
    """Name in lower case, such as ``velero``. It is the key in `Cluster.operators`."""

    title: str
    """Name as written by the tool's makers, for messages and tables."""

    kinds: tuple[Kind, ...] = ()
    """Kinds of custom resources that the tool serves. Default: none."""

    rules: tuple[RuleLike, ...] | str = ()
    """Rules about the whole app, or the dotted name of a tuple of rules; checked if a platform has the tool. Default:
    none."""

    provides: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Providers of each job, by dotted name: ``{"gateway": ("acme.edge:EdgeGateway",)}``. Messages and capability tables
    list them. Default: none."""

    exports: tuple[str, ...] = ()
    """Other public names of the tool's package, by dotted name, such as option values. Default: none."""

    reads: str | None = None
    """Dotted name of the readers of the tool's kinds, by group and kind. Checks load them if an app has such an object.
    Default: not set; checks do not read the tool's objects."""

    watches: Watches = "all"
    """Namespaces in which the tool acts on objects by its own default: ``all``, or ``own``, the one that it runs in. `Operator.watches`
    of the platform says otherwise. Default: ``all``."""

    retired: bool = False
    """Whether the tool is no longer maintained. Messages list it last. Default: false."""

    release: str | None = None
    """Release line whose definitions are drawn, such as ``1.32``. `Platform.releases` may name an older one. Default: none; the tool has
    no releases that make a difference to what is drawn."""

    kubernetes: str | None = None
    """Oldest minor version of Kubernetes, such as ``1.32``, that the makers of the tool support or test with `release`, or that takes its
    definitions. A platform that names an older one is an error. Default: none is declared."""

    def __post_init__(self) -> None:
        text("Tool.name", self.name)
        if not re.fullmatch("[a-z][a-z0-9-]*", self.name):
            raise bad("Tool.name", "not a name in lower case", self.name, "write it as 'velero'")
        text("Tool.title", self.title)
        provided = mapping("Tool.provides", self.provides)
        provides = {
            text("Tool.provides", job): texts(f"Tool.provides[{shown(job)}]", of) for job, of in provided.items()
        }
        object.__setattr__(self, "provides", frozen(provides))
        object.__setattr__(self, "exports", texts("Tool.exports", self.exports))
        for name in (*(each for names in provides.values() for each in names), *self.exports):
            _check_dotted("Tool.provides" if name not in self.exports else "Tool.exports", name)
        if self.reads is not None:
            _check_dotted("Tool.reads", self.reads)
        one_of("Tool.watches", self.watches, Watches)
        flag("Tool.retired", self.retired)
        if self.release is not None:
            release_line("Tool.release", self.release)
        if self.kubernetes is not None and not _MINOR.fullmatch(text("Tool.kubernetes", self.kubernetes)):
            raise bad("Tool.kubernetes", "not a minor version of Kubernetes", self.kubernetes, "write it as '1.32'")
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
    def oldest_minor(self) -> int:
        """Minor version of `kubernetes`, such as 32; 0 if none is declared."""
        return 0 if self.kubernetes is None else int(self.kubernetes.partition(".")[2])

    @property
    def public(self) -> tuple[str, ...]:
        """Dotted names of everything that the tool's package exports, sorted by name."""
        provided = (each for names in self.provides.values() for each in names)
        return tuple(sorted({*provided, *self.exports}, key=lambda each: each.partition(":")[2]))

    @property
    def every_rule(self) -> tuple[RuleLike, ...]:
        """Rules of the tool, imported if `rules` is a dotted name."""
        return resolved(self.rules) if isinstance(self.rules, str) else self.rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job from outside this library and its provider: ``Job("claim_backup", intent=ClaimBackup, provider=VeleroBackup)``."""

    name: str = field(kw_only=False)
    """Name of the job. Its intents have the same name as their ``job``."""

    intent: type
    """Class of the job's intents."""

    provider: Callable[..., Any]
    """Provider that draws an intent: a class or a `functools.partial`, called with scope, id, ``service=`` and ``intent=``."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch("[a-z][a-z0-9_]*", self.name):
            raise bad("Job.name", "not a name", self.name, "write it as 'claim_backup'")
        if not isinstance(self.intent, type):
            raise bad("Job.intent", "not a type", self.intent, "write the class of its intents")
        if not callable(self.provider):
            raise bad("Job.provider", "not a provider", self.provider, "write a class, or a functools.partial of one")


def checked_intents(where: str, value: Iterable[JobIntent]) -> tuple[JobIntent, ...]:
    """Check intents of jobs from outside this library."""
    found = several(where, value)
    for each in found:
        if not isinstance(getattr(each, "job", None), str):
            raise bad(
                where, "not an intent", type(each).__name__, "add an attribute job, the name of a Job, to its class"
            )
    return found

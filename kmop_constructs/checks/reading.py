"""Read rendered objects: what is missing or of another type reads as nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.kinds import is_cluster_scoped
from kmop_constructs.core.plain import Plain, items_of_list, mapping

if TYPE_CHECKING:
    from kmop_constructs.core.network.label_selectors import LabelSelector
    from kmop_constructs.core.place import ChartInfo
    from kmop_constructs.core.reading import Rendered

__all__ = ["Item", "in_words", "items", "shown"]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Item:
    """One object that will be written, with its head read."""

    path: str
    """Its construct path."""

    ours: bool
    """Whether this library drew it."""

    chart: ChartInfo | None
    """Its chart."""

    group: str
    """Its API group; empty for the core group."""

    version: str
    """Its API version without the group."""

    kind: str
    """Its kind."""

    name: str
    """Its name; empty for one that the cluster names."""

    namespace: str | None
    """Its namespace, where it says one."""

    scope: str
    """Its namespace, or a stand-in for an unknown one that its chart's objects share; empty for what has none."""

    object: Plain
    """The object."""

    spec: Plain
    """Its ``spec``."""

    in_list: bool = False
    """Whether it is an item of a list, such as ``kind: List``. Its construct path is then that of the list."""

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    @property
    def space_unknown(self) -> bool:
        """Whether it has a namespace that is not written in the app."""
        return self.namespace is None and self.scope != ""

    def finding(self, rule: str, message: str, *beside: Item, always: bool = False) -> Finding:
        """A finding about it: an error where this library drew it or something `beside` it, else a notice.

        Other objects may rely on what this app does not contain. With `always` it is an error for them too.
        """
        error = always or self.ours or any(each.ours for each in beside)
        return self._finding(rule, message, "error" if error else "notice")

    def notice(self, rule: str, message: str) -> Finding:
        """Return a notice about the object."""
        return self._finding(rule, message, "notice")

    def _finding(self, rule: str, message: str, severity: Literal["error", "notice"]) -> Finding:
        message = f"its item {self}: {message.removeprefix(f'{self}: ')}" if self.in_list else message
        return Finding(path=self.path, rule=rule, message=message, severity=severity)


def items(objects: Iterable[Rendered]) -> Iterator[Item]:
    """Every object, with those inside a list: ``kind: List``, ``kind: ConfigMapList``."""
    for rendered in objects:
        yield from _read(rendered, mapping(rendered.object))


def _read(rendered: Rendered, document: Plain, *, in_list: bool = False) -> Iterator[Item]:
    listed = items_of_list(document)
    if listed is not None:
        for each in listed:
            yield from _read(rendered, each, in_list=True)
        return
    api_version, kind = str(document.get("apiVersion", "")), str(document.get("kind", ""))
    metadata = mapping(document.get("metadata"))
    namespace = metadata.get("namespace")
    namespace = namespace if isinstance(namespace, str) and namespace else None
    name = metadata.get("name")
    group, _, version = api_version.rpartition("/")
    if is_cluster_scoped(api_version, kind):
        scope = ""
    else:
        scope = namespace or f"(namespace of chart {rendered.chart.path if rendered.chart else '?'})"
    yield Item(
        path=rendered.path,
        ours=rendered.ours,
        chart=rendered.chart,
        group=group,
        version=version,
        kind=kind,
        name=name if isinstance(name, str) else "",
        namespace=namespace,
        scope=scope,
        object=document,
        spec=mapping(document.get("spec")),
        in_list=in_list,
    )


def shown(labels: Mapping[str, str] | tuple[tuple[str, str], ...]) -> str:
    """Labels as kubectl writes them."""
    return ",".join(f"{key}={value}" for key, value in sorted(dict(labels).items())) or "no labels"


def in_words(selector: LabelSelector) -> str:
    """A selector as kubectl writes it."""
    parts = [f"{key}={value}" for key, value in selector.match_labels]
    for each in selector.match_expressions:
        match each.operator:
            case "In":
                parts.append(f"{each.key} in ({', '.join(each.values)})")
            case "NotIn":
                parts.append(f"{each.key} notin ({', '.join(each.values)})")
            case "Exists":
                parts.append(each.key)
            case _:
                parts.append(f"!{each.key}")
    return ",".join(parts) or "everything"

"""Label selectors with the semantics of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.plain import labels_at, list_at, mapping_at
from kmop_constructs.errors import bad

__all__ = ["LabelRequirement", "LabelSelector", "read_label_selector"]

OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelRequirement:
    """One entry of `matchExpressions`."""

    key: str
    """Key of the label."""
    operator: str
    """In, NotIn, Exists or DoesNotExist. An object without the label also meets NotIn."""
    values: tuple[str, ...] = ()
    """Values for In and NotIn. Default: none, for Exists and DoesNotExist."""

    def met_by(self, labels: Mapping[str, str]) -> bool:
        """Return whether labels meet the requirement."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case _:
                return self.key not in labels


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelSelector:
    """A label selector. All parts must match; without parts it selects everything."""

    match_labels: tuple[tuple[str, str], ...] = ()
    """Required labels, sorted by key. Default: none."""
    match_expressions: tuple[LabelRequirement, ...] = ()
    """Additional requirements. Default: none."""

    @property
    def is_empty(self) -> bool:
        """Whether the selector has no parts and so selects everything."""
        return not self.match_labels and not self.match_expressions

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether the selector matches an object with these labels."""
        return all(labels.get(key) == value for key, value in self.match_labels) and all(
            requirement.met_by(labels) for requirement in self.match_expressions
        )


def read_label_selector(value: object, where: str) -> LabelSelector:
    """Read a `LabelSelector` of a manifest. A missing or null selector selects everything; check for other meanings first.

    Raises:
        SpecError: the API server would refuse the selector.
    """
    fields = mapping_at(value, where)
    if unknown := sorted(set(fields) - {"matchLabels", "matchExpressions"}):
        raise bad(where, "has an unknown field", unknown[0], "write matchLabels or matchExpressions")
    entries = list_at(fields.get("matchExpressions"), f"{where}.matchExpressions")
    return LabelSelector(
        match_labels=tuple(labels_at(fields.get("matchLabels"), f"{where}.matchLabels").items()),
        match_expressions=tuple(
            read_requirement(item, f"{where}.matchExpressions[{index}]") for index, item in enumerate(entries)
        ),
    )


def read_requirement(value: object, where: str) -> LabelRequirement:
    """Read one entry of `matchExpressions`."""
    fields = mapping_at(value, where)
    key, operator = fields.get("key"), fields.get("operator")
    if not isinstance(key, str) or not key:
        raise bad(f"{where}.key", "is not a label key", key, "write the key of a label")
    if operator not in OPERATORS:
        raise bad(f"{where}.operator", "is not an operator", operator, "write In, NotIn, Exists or DoesNotExist")
    values = list_at(fields.get("values"), f"{where}.values")
    for item in values:
        if not isinstance(item, str):
            raise bad(f"{where}.values", "a label value must be text", item, "put it in quotes")
    if (operator in ("In", "NotIn")) != bool(values):
        wanted = "write at least one" if operator in ("In", "NotIn") else "remove them"
        raise bad(f"{where}.values", f"do not fit the operator {operator}", list(values), wanted)
    return LabelRequirement(key=key, operator=operator, values=tuple(values))

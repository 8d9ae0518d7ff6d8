"""Label selectors as Kubernetes reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

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
    """In, NotIn, Exists or DoesNotExist. NotIn is also met by an object that lacks the label."""
    values: tuple[str, ...] = ()
    """Values for In and NotIn. Default: none, for the other two."""

    def met_by(self, labels: Mapping[str, str]) -> bool:
        """Whether some labels meet the requirement."""
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
    """All its parts must match; without parts it selects everything."""

    match_labels: tuple[tuple[str, str], ...] = ()
    """Labels that must be there, sorted by key. Default: none."""
    match_expressions: tuple[LabelRequirement, ...] = ()
    """Further requirements. Default: none."""

    @property
    def is_empty(self) -> bool:
        """Whether it selects everything."""
        return not self.match_labels and not self.match_expressions

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels is selected."""
        return all(labels.get(key) == value for key, value in self.match_labels) and all(
            requirement.met_by(labels) for requirement in self.match_expressions
        )


def read_label_selector(value: object, where: str) -> LabelSelector:
    """A `LabelSelector` of a manifest. Null and absent select everything here; where they mean nothing, ask before.

    Raises:
        SpecError: the API server would not take it.
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
    """One entry of `matchExpressions`."""
    fields = mapping_at(value, where)
    key, operator = fields.get("key"), fields.get("operator")
    if not isinstance(key, str) or not key:
        raise bad(f"{where}.key", "is no label key", key, "write the key of a label")
    if operator not in OPERATORS:
        raise bad(f"{where}.operator", "is no operator", operator, "write In, NotIn, Exists or DoesNotExist")
    values = list_at(fields.get("values"), f"{where}.values")
    for item in values:
        if not isinstance(item, str):
            raise bad(f"{where}.values", "a label value is text", item, "put it in quotes")
    if (operator in ("In", "NotIn")) != bool(values):
        wanted = "write at least one" if operator in ("In", "NotIn") else "leave them out"
        raise bad(f"{where}.values", f"do not fit the operator {operator}", list(values), wanted)
    return LabelRequirement(key=key, operator=operator, values=tuple(values))

"""Secret values that are written to the output on purpose."""

from __future__ import annotations

from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError

__all__ = ["InlineSecret"]


@dataclass(frozen=True, kw_only=True, slots=True)
class InlineSecret:
    """A secret value that is written in readable form to the synthesized Secret, and nowhere else.

    Keep real secrets out of the output: refer to them with `SecretKey`, and let a secret store create the Secret.
    """

    value: str = field(kw_only=False, repr=False)
    """Secret value. Its repr is masked."""

    def __post_init__(self) -> None:
        if not isinstance(self.value, str):
            raise SpecError(f"InlineSecret: not text, got a {type(self.value).__name__}; write text")

    def __repr__(self) -> str:
        return "InlineSecret('***')"

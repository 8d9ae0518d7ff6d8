"""Which messages a binding takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn

__all__ = ["routes"]


def routes(binding: BindingDrawn, key: str) -> bool:
    """Return whether a binding takes messages with a routing key. True where only the headers of a message decide."""
    if binding.kind == "direct":
        return binding.spec.key == key
    return binding.kind != "topic" or _matches(binding.spec.key.split("."), key.split("."))


def _matches(pattern: list[str], words: list[str]) -> bool:
    """Return whether words match a pattern: ``*`` is one word, ``#`` any number (https://www.rabbitmq.com/tutorials/tutorial-five-python)."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(_matches(pattern[1:], words[start:]) for start in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and _matches(pattern[1:], words[1:])

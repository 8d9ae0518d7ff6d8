"""What a synth cannot find, and what it finds although the server says nothing, each with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kmop_constructs.core.findings import Finding
from tests.api_server.synth import SERVER_RULES

NOT_FOUND = {
    r"(Gateway|HTTPRoute) .*": "the message is one of a rule in CEL, which only the server evaluates",
    r"Service edge: distribution": "a deprecated value that works; from which version on the server warns is not published",
}
"""Mutations that the server refuses or warns of, and a synth does not find."""

OF_A_SCHEMA = re.compile(r"strict decoding error|in body|Required value|Unsupported value|Duplicate value")
"""Messages that no exception covers: the schema has the rule."""

FOUND = {
    r"StatefulSet .*: .* spec\.template\..*": "1.27 does not check the pods of a StatefulSet, and then refuses to make them",
    r"StatefulSet .*: .* spec\.volumeClaimTemplates.*": "the server does not check claims, and then refuses to make them",
    r"StatefulSet .*: mount without volume or claim": "the same as for other fields of the pods, in 1.27",
    r"CronJob .*: .* spec\.jobTemplate\.metadata\..*": "the server does not check these labels, and then refuses the Jobs",
}
"""Mutations that the server accepts, and a synth refuses."""


def verdict(name: str, minor: str, answer: Mapping[str, Sequence[str]], found: Sequence[Finding]) -> str | None:
    """What is wrong about the findings of a mutation. ``None``: server and synth agree, or an exception covers it."""
    said, message = answer[minor]
    if said != "accepted":
        excused = any(re.fullmatch(pattern, name) for pattern in NOT_FOUND) and not OF_A_SCHEMA.search(message)
        return None if found or excused else f"{name}: not found; the server: {message}"
    against = [each for each in found if each.rule in SERVER_RULES]
    if all(each.rule == "object-warning" for each in against) and answer["1.37"][0] == "warned":
        return None  # the older server does the same as the newer one, and does not warn
    excused = any(re.fullmatch(pattern, name) for pattern in FOUND)
    return None if not against or excused else f"{name}: found, but accepted: {against[0].message}"

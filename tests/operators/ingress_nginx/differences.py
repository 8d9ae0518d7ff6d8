"""What gateways answer otherwise than ingress-nginx: the page docs/gateways/leaving-ingress-nginx.md has these lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.operators.ingress_nginx.asking import Row
from tests.operators.ingress_nginx.difference import Difference
from tests.operators.ingress_nginx.envoy_differences import ENVOY, NOT_SENT
from tests.operators.ingress_nginx.table import TABLE
from tests.operators.ingress_nginx.traefik_differences import TRAEFIK

DIFFERENCES: Mapping[str, Sequence[Difference]] = {"EnvoyGateway": ENVOY, "TraefikGateway": TRAEFIK}
"""Those of each gateway that these requests are sent to."""

LEFT_OUT: Mapping[str, Mapping[str, str]] = {"EnvoyGateway": NOT_SENT, "TraefikGateway": {}}
"""Requests that are not sent to a gateway, with the reason."""


def rows(gateway: str) -> list[Row]:
    """The requests that are sent to a gateway."""
    return [each for each in TABLE if each.request not in LEFT_OUT[gateway]]


def expected(gateway: str) -> dict[str, str]:
    """The answers of a gateway, by request."""
    others = {request: answer for each in DIFFERENCES[gateway] for request, answer in each.answers.items()}
    return {each.request: others.get(each.request, each.answer) for each in rows(gateway)}


def page_section(gateway: str) -> list[str]:
    """The lines of the page, with the meaning at the first request of a cause."""
    before = {each.request: each.answer for each in TABLE}
    lines = [
        f"| {request} | `{before[request]}` | `{answer}` | {'' if number else each.meaning} |"
        for each in DIFFERENCES[gateway]
        for number, (request, answer) in enumerate(each.answers.items())
    ]
    sent = len(rows(gateway))
    return [
        f"Of {sent} requests, {sent - len(lines)} have the same answer behind `{gateway}`. The others:",
        "",
        f"| request | ingress-nginx | `{gateway}` | what it means |",
        "|---|---|---|---|",
        *lines,
    ]


def page() -> list[str]:
    """The lines of all gateways."""
    return [line for gateway in DIFFERENCES for line in (*page_section(gateway), "")]


if __name__ == "__main__":
    print("\n".join(page()))

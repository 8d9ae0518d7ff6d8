"""What is taken out of the tree leaves nothing behind, and what takes its place inherits nothing.

Every construct that the code of a system writes into a chart is taken out, one of each chart at a time; of the
large ones, a spread. What is written then has to be what is written where the construct never was, or the error
has to be the same, or one that says at what is left what is missing. The same holds for another service in its place.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from kmop_constructs import (
    CheckError,
    Exposure,
    ExternalHost,
    Image,
    KmopChart,
    Microservice,
    Platform,
    ServiceSpec,
    allow,
)
from kmop_constructs.providers.ingress_nginx import IngressNginxGateway
from kmop_constructs.testing import synthesize
from kmop_constructs.workloads.workload import Workload
from tests.cluster.systems import SYSTEMS
from tests.net.building import Written, built
from tests.net.outcome import Outcome, difference, names_the_loss, outcome

import pytest
from cdk8s import App

EVERY = {"bookinfo": 2, "camunda8": 3, "camunda8_operators": 4, "databases": 2, "online_boutique": 2, "online_boutique_full": 3, "orders": 2,
         "orders_operators": 3, "petclinic": 2, "petclinic_operators": 3}  # fmt: skip
"""Of these only every so many-th construct is tried, for the sake of time. Default: all."""

OTHER = ServiceSpec(image=Image("example/other:1"), port=8080)


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """Constructs that are not there: because they never were, and because they were taken out."""

    paths: tuple[str, ...]
    """Theirs; no two are of one chart."""

    never: Outcome
    removed: Outcome
    never_replaced: Outcome
    """With other services of their ids, which are the first there."""
    replaced: Outcome
    """With other services of their ids, which come after them."""

    @property
    def left_behind(self) -> str | None:
        """What is otherwise after the removal."""
        return difference(self.paths, self.never, self.removed)

    @property
    def inherited(self) -> str | None:
        """What is otherwise after the replacement."""
        return difference(self.paths, self.never_replaced, self.replaced)

    def speaks_of(self, path: str) -> bool:
        """Whether an error is about something of the path's chart."""
        chart = path.partition("/")[0]
        return any(
            f"\n  {chart}/" in each.said for each in (self.never, self.removed, self.never_replaced, self.replaced)
        )


@cache
def trials(name: str) -> list[Trial]:
    every = EVERY.get(name, 1)
    together = [trial(name, paths) for paths in groups(name)[every - 1 :: every]]
    return [part for each in together for part in parts(name, each)]


def parts(name: str, whole: Trial) -> list[Trial]:
    """An error in one chart hides what the others come to: they are tried without it, and it without them."""
    stopped = [path for path in whole.paths if whole.speaks_of(path)]
    if not stopped or len(whole.paths) == 1:
        return [whole]
    others = [path for path in whole.paths if path not in stopped]
    found = [trial(name, others)] if others else []
    together = trial(name, stopped)
    if together.left_behind or together.inherited:
        return found + [trial(name, [path]) for path in stopped]
    return [*found, together]


def groups(name: str) -> list[list[str]]:
    """One construct of each chart at a time, until each had its turn; not those together that charts begin with."""
    with tempfile.TemporaryDirectory() as folder:
        charts: dict[str, list[str]] = {}
        for path, each in built(name, Path(folder)).written.items():
            charts.setdefault(each.chart.path, []).append(path)
    most = max(map(len, charts.values()))
    return [[each[(turn + shift) % len(each)] for shift, each in enumerate(charts.values())] for turn in range(most)]


def trial(name: str, paths: Collection[str]) -> Trial:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        without, whole = built(name, Path(first), without=paths), built(name, Path(second))
        gone, never = ([each.written[path] for path in paths] for each in (whole, without))
        for each in gone:
            assert each.chart.node.try_remove_child(each.id), each
        return Trial(
            paths=tuple(paths),
            never=outcome(without.app),
            removed=outcome(whole.app),
            never_replaced=outcome(without.app, partial(replaced, never)),
            replaced=outcome(whole.app, partial(replaced, gone)),
        )


def replaced(gone: Collection[Written]) -> None:
    """Put a service in the place of each. It listens where one before it did, or its callers would be an error."""
    for each in gone:
        spec = OTHER
        if isinstance(each.made, Workload) and each.made.spec.ports:
            port, *others = each.made.spec.ports
            spec = replace(OTHER, port=(port, *tuple(others)))
        Microservice(each.chart, each.id, spec)


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_is_removed_leaves_nothing_behind(name: str) -> None:
    told = "\n\n".join(filter(None, (each.left_behind for each in trials(name))))
    assert not told, told


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_replaces_another_inherits_nothing(name: str) -> None:
    told = "\n\n".join(filter(None, (each.inherited for each in trials(name))))
    assert not told, told


def test_a_service_does_not_inherit_the_edges_of_another(chart: KmopChart) -> None:
    Microservice(chart, "web", OTHER, uses=[ExternalHost("api.example.com").http()])
    chart.node.try_remove_child("web")
    web = Microservice(chart, "web", OTHER)
    rules = synthesize(web).one("NetworkPolicy")["spec"]["egress"]
    assert {port["port"] for rule in rules for port in rule["ports"]} == {53}


def test_a_removed_gateway_takes_its_opening_along(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=Platform(gateway=IngressNginxGateway))
    allow(chart, "gateway-retired", reason="it is the one that most people have")
    web = Microservice(chart, "web", ServiceSpec(image=OTHER.image, port=8080, exposure=Exposure(host="acme.io")))
    assert "ingress-nginx" in str(synthesize(web).one("NetworkPolicy"))
    web.node.try_remove_child("gateway")
    assert "ingress-nginx" not in str(synthesize(web).one("NetworkPolicy"))


@pytest.mark.parametrize(
    ("finding", "named"),
    [
        ("shop/api: needs what shop/web drew [gone]", True),
        ("shop/api: needs what shop/web/gateway drew [gone]", True),
        ("shop/api: needs what shop/web-2 drew [gone]", False),
        ("shop/api: calls shop/web/service, which is there [closed]", False),
        ("shop/web/gateway: needs what shop/web drew [gone]", False),
    ],
)
def test_a_loss_is_named_by_what_is_left(finding: str, *, named: bool) -> None:
    error = CheckError(f"1 finding; nothing was written\n  {finding}")
    now = Outcome(error=error, left=frozenset({"shop", "shop/api", "shop/web/service"}))
    assert names_the_loss("shop/web", now) is named

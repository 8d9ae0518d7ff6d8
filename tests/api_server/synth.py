"""What a synth finds in one object."""

from __future__ import annotations

import tempfile

from kmop_constructs.checks import RULES
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.model import model_of
from kmop_constructs.core.place import ChartInfo
from kmop_constructs.core.reading import Rendered
from kmop_constructs.core.synthesis import ClusterSynthesis, RenderedApp
from kmop_constructs.values.cluster import Cluster
from tests.api_server.good import Object

from cdk8s import App

SERVER_RULES = frozenset(
    {"object-schema", "object-invalid", "object-warning", "object-size", "object-name", "object-malformed"}
)
"""Rules about what the API server says. Others are about more than it checks."""

_CHECKS = tuple(dict.fromkeys(rule.check for rule in RULES if rule.check is not None))


class Synth:
    """Checks objects one by one, without an app for each."""

    def __init__(self) -> None:
        self._app = App(outdir=tempfile.gettempdir())  # nothing is written
        self._rendered = RenderedApp(model_of(self._app))

    def findings(self, item: Object, kubernetes: str) -> list[Finding]:
        """What the rules find in an object of a platform with a version of Kubernetes."""
        synthesis = ClusterSynthesis(self._rendered, None, [])
        cluster = Cluster(kubernetes=kubernetes)
        chart = ChartInfo(path="chart", namespace=None, labels={}, cluster=cluster, ours=True)
        synthesis.objects = (Rendered(path="chart/object", chart=chart, object=item, ours=True),)
        return [finding for check in _CHECKS for finding in check(synthesis)]

    def usual(self, item: Object, kubernetes: str) -> set[str]:
        """Rules that a good manifest breaks by itself, because the rest of its app is missing."""
        return {each.rule for each in self.findings(item, kubernetes)}

    def new(self, item: Object, kubernetes: str, usual: dict[str, set[str]]) -> list[Finding]:
        """What the rules find in a changed manifest and not in the good one."""
        before = usual[self.id_of(item)]
        return [
            each for each in self.findings(item, kubernetes) if each.rule in SERVER_RULES or each.rule not in before
        ]

    @staticmethod
    def id_of(item: Object) -> str:
        return str(item["metadata"]["name"])

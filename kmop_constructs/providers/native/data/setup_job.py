"""The Job that makes in a broker of native pods what all constructs and edges of the app declare."""

from __future__ import annotations

from abc import abstractmethod
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kmop_constructs.providers.native.orchestration import NativeWorkload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kmop_constructs.core.normalise import JsonObject
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import k8s

    from constructs import Construct

__all__ = ["KEPT", "SetupJob"]

KEPT = timedelta(minutes=5)
"""Time until the Job is deleted after its end. The next apply makes it again, so that a change that is taken back, and a new password in
the same Secret, are made too: their Job has the name of one that has ended."""


class SetupJob(NativeWorkload):
    """The Job. What it makes is in its variables, and its name has a hash of them: a change is another Job."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: k8s.Job) -> None:
        self._broker = service.path.rpartition("/")[0]
        super().__init__(scope, id, service=service, intent=intent)

    @abstractmethod
    def _variables(self, synthesis: Synthesis, env: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Return the variables of the Job, made of those of its spec and of what the whole app declares."""

    def _drawn(self, synthesis: Synthesis) -> JsonObject:
        drawn = super()._drawn(synthesis)
        template = drawn["spec"]["template"]
        first, *others = template["spec"]["containers"]
        first = {**first, "env": self._variables(synthesis, first.get("env", ()))}
        pod = {**template["spec"], "containers": [first, *others]}
        return {**drawn, "spec": {**drawn["spec"], "template": {**template, "spec": pod}}}

    def render(self, synthesis: Synthesis) -> JsonObject | None:
        """Return the Job under a name with a hash of what it makes."""
        drawn = super().render(synthesis)
        return drawn if drawn is None or drawn["metadata"]["name"] != self.name else self._renamed(drawn)

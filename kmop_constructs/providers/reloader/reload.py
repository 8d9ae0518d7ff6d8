"""Replacement of pods by Reloader, for exactly the ConfigMaps and Secrets that their workload reads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from kmop_constructs._dataclass import dataclass

__all__ = ["Reloader"]

_CONFIG_MAPS: Final = "configmap.reloader.stakater.com/reload"
_SECRETS: Final = "secret.reloader.stakater.com/reload"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reloader:
    """Replaces the pods that read a Secret or ConfigMap when it changes: ``Platform(reload=Reloader())``.

    The annotations name each object that can change outside the app, so that no other change replaces pods. Install Reloader
    with ``reloader.reloadStrategy: annotations``: its default adds a variable to the containers, which a GitOps tool that
    corrects differences takes away again, so that pods are replaced twice. A workload cannot choose the strategy; it is a flag
    of the controller. https://github.com/stakater/Reloader#reload-strategies
    """

    def annotations(self, config_maps: Sequence[str], secrets: Sequence[str], /) -> Mapping[str, str]:
        """Return the annotations of a workload that name the objects.

        https://github.com/stakater/Reloader#2--named-resource-reload-specific-resource-annotations
        """
        found = {_CONFIG_MAPS: config_maps, _SECRETS: secrets}
        return {key: ",".join(_exact(each) for each in names) for key, names in found.items() if names}


def _exact(name: str) -> str:
    """Return a pattern that matches one name alone: Reloader reads each name as a regular expression."""
    return re.sub(r"\.", r"\.", name)

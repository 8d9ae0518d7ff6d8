"""All rules that the schemas do not have, by definition, or by definition and field."""

from __future__ import annotations

from collections.abc import Mapping

from kmop_constructs.checks.api import network, objects, pods, volumes, workloads
from kmop_constructs.checks.api.forms import FIELDS
from kmop_constructs.checks.api.walk import Check

__all__ = ["HOOKS"]

HOOKS: Mapping[str, Check] = {
    **FIELDS,
    **network.HOOKS,
    **objects.HOOKS,
    **pods.HOOKS,
    **volumes.HOOKS,
    **workloads.HOOKS,
}
"""Functions that run after the schema found nothing."""

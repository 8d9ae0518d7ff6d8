"""Envoy Gateway as its translator on files. As a controller it is in `tests/operators/conftest.py`, because other folders use it too."""

from __future__ import annotations

from tests.operators.envoy_gateway.running import envoy_scenes
from tests.operators.envoy_gateway.translated import translated

__all__ = ["envoy_scenes", "translated"]
"""Fixtures."""

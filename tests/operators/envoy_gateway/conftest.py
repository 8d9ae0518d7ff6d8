"""Envoy Gateway as its translator on files, and as a controller with an Envoy that it configures."""

from __future__ import annotations

from tests.operators.envoy_gateway.running import envoy_gateway
from tests.operators.envoy_gateway.translated import translated

__all__ = ["envoy_gateway", "translated"]
"""Fixtures."""

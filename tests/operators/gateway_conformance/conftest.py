"""Fixtures."""

from __future__ import annotations

from tests.operators.gateway_conformance.running import conformance

__all__ = ["conformance"]

"""Handles for cdk8s-plus: a workload of ours as its constructs see it. Made when first asked for."""

from __future__ import annotations

__all__ = ["Handles"]


class Handles:
    """TODO"""

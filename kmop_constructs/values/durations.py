"""Durations as operators written in Go print them."""

from __future__ import annotations

from datetime import timedelta

__all__ = ["go_duration"]


def go_duration(value: timedelta) -> str:
    """Return a duration as Go prints it, such as ``1h0m0s``: GitOps tools then find no difference."""
    total = value // timedelta(seconds=1)
    hours, minutes, seconds = total // 3600, total // 60 % 60, total % 60
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"

"""Lifecycle hooks: actions right after the start and before the end of a container."""

from __future__ import annotations

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.names import made_by
from kmop_constructs.values.probes import Exec, HttpGet

__all__ = ["Hooks"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hooks:
    """Lifecycle hooks of the app's container."""

    post_start: Exec | HttpGet | None = None
    """Action at the start, at the same time as the entrypoint. If it fails, the container is restarted. Default: none."""

    pre_stop: Exec | HttpGet | None = None
    """Action before the process gets its signal, within the grace period. It replaces the pause of `Shutdown`, so it
    should wait as long as the pause. Default: the pause of `Shutdown`."""

    def __post_init__(self) -> None:
        for name in ("post_start", "pre_stop"):
            hook: Exec | HttpGet | None = getattr(self, name)
            made_by(f"Hooks.{name}", hook, Exec, HttpGet, type(None))
            if hook is not None and hook.timing is not None:
                raise bad(f"Hooks.{name}", "has a timing, which only checks have", hook.timing, "remove timing")

"""What runs in a container right after its start, and before its end."""

from __future__ import annotations

from dataclasses import dataclass

from kmop_constructs.errors import bad
from kmop_constructs.values.names import made_by
from kmop_constructs.values.probes import Exec, HttpGet

__all__ = ["Hooks"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hooks:
    """Life-cycle hooks of the app's container."""

    post_start: Exec | HttpGet | None = None
    """Runs at once beside the entrypoint; the container is restarted where it fails. Default: nothing."""

    pre_stop: Exec | HttpGet | None = None
    """Runs before the process gets its signal, within the grace period. It takes the place of the pause, so it should
    wait as long itself. Default: the pause of `Shutdown`."""

    def __post_init__(self) -> None:
        for name in ("post_start", "pre_stop"):
            hook: Exec | HttpGet | None = getattr(self, name)
            made_by(f"Hooks.{name}", hook, Exec, HttpGet, type(None))
            if hook is not None and hook.timing is not None:
                raise bad(f"Hooks.{name}", "has a timing, which only checks have", hook.timing, "leave timing out")

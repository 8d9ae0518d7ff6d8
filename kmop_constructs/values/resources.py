"""CPU, memory and storage of a container: requests and limits."""

from __future__ import annotations

from enum import Enum
from typing import Literal

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import bad
from kmop_constructs.values.quantity import Cpu, Size

__all__ = ["GUESSED", "UNLIMITED", "Resources", "Unlimited"]


class Unlimited(Enum):
    """The type of `UNLIMITED`."""

    UNLIMITED = "unlimited"


UNLIMITED: Literal[Unlimited.UNLIMITED] = Unlimited.UNLIMITED
"""No memory limit, as an explicit choice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """Requests and limits of one container: ``Resources.of("250m", "256Mi")``, or ``Resources(cpu=Cpu("250m"), memory=Size("256Mi"))``."""

    cpu: Cpu | None = None
    """CPU request: the CPU that the scheduler reserves, and the base of an autoscaler's CPU percentage. Default: none."""

    memory: Size | None = None
    """Memory request: the memory that the scheduler reserves. Default: none."""

    memory_limit: Size | Unlimited | None = None
    """Memory limit. The container is killed if it uses more. Default: the memory request, so that a node's memory is
    not overcommitted; `UNLIMITED` sets no limit."""

    cpu_limit: Cpu | None = None
    """CPU limit. The container is throttled if it uses more. Default: none, because a limit throttles the container
    even on an idle node."""

    ephemeral_storage: Size | None = Size("64Mi")
    """Request for local disk: logs, the writable layer and emptyDir volumes. Default: 64Mi; ``None`` sets no request."""

    ephemeral_storage_limit: Size | None = Size("1Gi")
    """Limit for local disk. The pod is evicted if it uses more. Default: 1Gi; ``None`` sets no limit."""

    @staticmethod
    def of(
        cpu: str | None = None,
        memory: str | None = None,
        *,
        memory_limit: str | Unlimited | None = None,
        cpu_limit: str | None = None,
    ) -> Resources:
        """The short form: ``Resources.of("100m", "64Mi", memory_limit="128Mi")``. The arguments are the field values, as text."""
        return Resources(
            cpu=None if cpu is None else Cpu(cpu),
            memory=None if memory is None else Size(memory),
            memory_limit=Size(memory_limit) if isinstance(memory_limit, str) else memory_limit,
            cpu_limit=None if cpu_limit is None else Cpu(cpu_limit),
        )

    def __post_init__(self) -> None:
        pairs = (
            ("cpu", self.cpu, self.cpu_limit),
            ("memory", self.memory, self.memory_limit),
            ("ephemeral_storage", self.ephemeral_storage, self.ephemeral_storage_limit),
        )
        for name, request, limit in pairs:
            kind = Cpu if name == "cpu" else Size
            for field_name, value in ((name, request), (f"{name}_limit", limit)):
                if value is UNLIMITED and field_name == "memory_limit":
                    continue
                if value is not None and not isinstance(value, kind):
                    amount = repr(str(value)) if _is_short(value) else "…"
                    raise bad(f"Resources.{field_name}", "not a quantity", value, f"write {kind.__name__}({amount})")
            if isinstance(request, Size) and isinstance(limit, Size) and limit < request:
                raise bad(f"Resources.{name}_limit", f"below the request of {request}", str(limit), "raise it")
            if isinstance(request, Cpu) and isinstance(limit, Cpu) and limit < request:
                raise bad(f"Resources.{name}_limit", f"below the request of {request}", str(limit), "raise it")

    @property
    def effective_memory_limit(self) -> Size | None:
        """Memory limit that is written to the manifest. ``None`` for no limit."""
        if self.memory_limit is UNLIMITED:
            return None
        return self.memory_limit if isinstance(self.memory_limit, Size) else self.memory


GUESSED = Resources(cpu=Cpu("100m"), memory=Size("256Mi"), memory_limit=Size("512Mi"))
"""Resources of a container if `resources` is not set. The notice `resources-guessed` reports it."""


def _is_short(value: object) -> bool:
    """Return whether an amount can be repeated in a message."""
    return len(value) < 20 if isinstance(value, str) else isinstance(value, int | float) and abs(value) < 10**20

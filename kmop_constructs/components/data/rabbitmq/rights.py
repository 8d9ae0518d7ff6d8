"""The rights of a user of RabbitMQ: exactly what its edges need.

A publisher needs the right to write its exchange, a subscriber the right to read its queue, and neither one to configure anything: all
is declared by the app (https://www.rabbitmq.com/docs/access-control#authorisation). A right is a regular expression over names. RabbitMQ
checks routing keys too, for exchanges of the type topic alone (https://www.rabbitmq.com/docs/access-control#topic-authorisation).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.contribution import CallerFact

if TYPE_CHECKING:
    from kmop_constructs.components.data.rabbitmq.broker import RabbitMqLogins
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.values.certificate import Trust

__all__ = ["NOTHING", "Operation", "QueueUse", "Rights", "UsesQueue", "accounts_of", "rights_of"]

Operation: TypeAlias = Literal["publish", "subscribe"]
"""What a caller does."""

NOTHING = "^$"
"""Matches no name (https://www.rabbitmq.com/docs/access-control#authorisation)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueUse:
    """What a caller does with one exchange or queue."""

    operation: Operation
    """``publish`` to an exchange, or ``subscribe`` to a queue."""

    name: str
    """Name of the exchange or the queue in RabbitMQ."""

    key: str | None = None
    """Routing key of a publisher. Default: none, the caller decides it for each message."""

    checked: bool = False
    """Whether RabbitMQ checks the routing key, because the exchange is known to be of the type ``topic``. Default: false."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UsesQueue(CallerFact):
    """A workload that has an edge to an exchange or a queue. Rights and checks follow from it."""

    caller: str
    """Construct path of the workload."""

    application: tuple[tuple[str, str], ...]
    """Labels that all versions and parts of the application of the caller have."""

    namespace: str | None
    """Namespace of the workload."""

    broker: str
    """Construct path or description of the RabbitMQ."""

    use: QueueUse
    """The exchange or queue, and what the workload does with it."""

    account: str | None
    """Text that is the same for all edges of one user. None if callers do not log in."""

    credentials: Credentials | None
    """User and password, in the namespace of the workload. None if callers do not log in."""

    authority: Trust | None
    """Authority of the broker's certificate, in the namespace of the workload. None if it is not known."""

    own: bool
    """Whether the edge names the login."""

    variables: str = ""
    """Text that tells two edges of one caller apart: their variables. Default: empty."""

    logins: RabbitMqLogins | None = field(default=None, compare=False, repr=False)
    """What makes the login and its rights. Default: none, the operator of a running RabbitMQ does."""

    def derive(self, place: Place) -> None:
        """Declare the user of the caller with its rights."""
        if self.logins is not None:
            self.logins.draw(place, self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rights:
    """The rights of a user in one virtual host, as regular expressions over names of exchanges and queues."""

    configure: str = NOTHING
    """What the user may declare and delete. Default: nothing."""

    write: str = NOTHING
    """Exchanges to which the user may publish. Default: none."""

    read: str = NOTHING
    """Queues that the user may read. Default: none."""

    keys: tuple[tuple[str, str], ...] = ()
    """Exchanges of the type ``topic`` that take certain routing keys of the user alone: name, and regular expression over keys. Default:
    none; the user may publish with any key where it may publish at all."""


def rights_of(uses: Iterable[QueueUse]) -> Rights:
    """Return the rights that edges need, and no more."""
    names: dict[Operation, set[str]] = {"publish": set(), "subscribe": set()}
    keys: dict[str, set[str | None]] = {}
    checked: set[str] = set()
    for each in uses:
        names[each.operation].add(each.name)
        if each.operation == "publish":
            keys.setdefault(each.name, set()).add(each.key)
        if each.checked:
            checked.add(each.name)
    narrow = {name: [each for each in found if each is not None] for name, found in keys.items() if None not in found}
    return Rights(
        write=pattern_of(names["publish"]),
        read=pattern_of(names["subscribe"]),
        keys=tuple(
            (name, _one_of(re.escape(key) for key in sorted(found)))
            for name, found in sorted(narrow.items())
            if name in checked
        ),
    )


def pattern_of(names: Iterable[str]) -> str:
    """Return a regular expression that matches exactly these names, which have no other special character than the dot."""
    return _one_of(re.sub(r"([.])", r"\\\1", name) for name in sorted(names))


def _one_of(patterns: Iterable[str]) -> str:
    found = [*patterns]
    if not found:
        return NOTHING
    return f"^{found[0]}$" if len(found) == 1 else f"^({'|'.join(found)})$"


def accounts_of(synthesis: Synthesis, broker: str) -> dict[str, list[UsesQueue]]:
    """Return the edges to a RabbitMQ by their user, sorted."""
    found: dict[str, list[UsesQueue]] = {}
    for each in synthesis.facts(UsesQueue):
        if each.broker == broker and each.account is not None:
            found.setdefault(each.account, []).append(each)
    return dict(sorted(found.items()))

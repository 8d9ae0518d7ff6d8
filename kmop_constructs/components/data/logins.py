"""The login of a caller of a broker: what an edge says about it, and where it is that of the edge or one for all callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.errors import SpecError, UnsupportedError
from kmop_constructs.values.env import SecretKey

if TYPE_CHECKING:
    from kmop_constructs.components.data.connection import Store
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.certificate import Trust

__all__ = ["LoginRequest", "find_login"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginRequest:
    """What an edge says about the login of its caller."""

    where: str
    """Path of the caller and name of the edge, for messages."""

    credentials: Credentials | None = None
    """A login in the namespace of the caller. Default: none."""

    user: str | None = None
    """The name of the login that is made. Default: that of the workload."""

    authority: Trust | None = None
    """The authority of the certificates of the broker, in the namespace of the caller. Default: none."""


def find_login(
    store: Store,
    caller: ServiceFacts,
    request: LoginRequest,
    *,
    shared: Credentials | None,
    without: str,
    optional: bool,
) -> tuple[Credentials | None, Trust | None]:
    """Return login and authority of a caller, of those that exist: those of its edge, else the shared ones.

    Args:
        store: The broker: its namespace and its authority.
        caller: The caller.
        request: What its edge says.
        shared: The login of callers that name none.
        without: Why there is no login for a caller that names none, for messages.
        optional: Whether callers may have no login.

    Raises:
        SpecError: There is no login, or the caller could not read its Secret or that of its authority.
        UnsupportedError: The edge names a login that would have to be made.
    """
    where = request.where
    if request.user is not None:
        raise UnsupportedError(
            f"{where}: user: {without}, got {request.user!r}; name a login that exists: credentials=Credentials(user=…, password=…)"
        )
    apart = None not in (store.namespace, caller.namespace) and store.namespace != caller.namespace
    authority = request.authority or store.authority
    if apart and request.authority is None and isinstance(authority, SecretKey) and not store.foreign_authority:
        raise SpecError(
            f"{where}: the Secret {authority.name!r} of its authority is in the namespace {store.namespace!r}, and pods read only objects of "
            f"their own namespace; name one of {caller.namespace!r}: authority=…"
        )
    credentials = request.credentials or shared
    if credentials is None and not optional:
        raise SpecError(
            f"{where}: credentials: {without}; name one: credentials=Credentials(user='{caller.name}', password=…)"
        )
    if credentials is not None and apart and request.credentials is None and not store.foreign:
        raise SpecError(
            f"{where}: its Secret {credentials.password.name!r} is in the namespace {store.namespace!r}, and pods read only objects of their "
            f"own namespace; name one of {caller.namespace!r}: credentials=…"
        )
    return credentials, authority

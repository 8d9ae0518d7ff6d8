"""Services that KubeDB makes of a database, the store that callers see, and the pods as a workload of this app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from kmop_constructs._dataclass import dataclass
from kmop_constructs.components.data.connection import Store
from kmop_constructs.core.made import MakesSecret, MakesService, ReadsSecret
from kmop_constructs.core.subject import NamedPort
from kmop_constructs.providers.kubedb.names import (
    AUTH_KEYS,
    CERTIFICATE_KEYS,
    KubeDbKind,
    auth_name,
    certificate_name,
    labels_of,
    pods_name,
    standby_name,
)
from kmop_constructs.values.certificate import AUTHORITY
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.ports import Port

if TYPE_CHECKING:
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.components.data.technology import Technology
    from kmop_constructs.core.subject import ServiceFacts, Subject
    from kmop_constructs.providers.kubedb.options import KubeDbTls
    from kmop_constructs.values.pods import Peer

__all__ = ["Database"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """A database of KubeDB, by what it makes."""

    subject: Subject
    kind: KubeDbKind
    name: str
    port: int
    standby: bool
    """Whether there is a Service of the replicas."""

    headless_called: bool = False
    """Whether callers use the headless Service. Default: false, those of the primary and the replicas."""

    def services(self, accepts: tuple[Peer, ...] | None) -> Iterator[MakesService]:
        """Yield the Services. Those of callers close their pods; what the pods need is a policy of its own."""
        port = NamedPort(name="db", number=self.port, offered=self.port, spec=Port.tcp(self.port))
        called = {pods_name(self.name)} if self.headless_called else {self.name, standby_name(self.name)}
        for name in self._service_names:
            yield MakesService(
                subject=self.subject,
                name=name,
                ports=(port,),
                pod_labels=labels_of(self.kind, self.name),
                headless=name == pods_name(self.name),
                accepts=accepts if name in called else None,
                closes_calls=True,
            )

    @property
    def _service_names(self) -> tuple[str, ...]:
        standby = (standby_name(self.name),) if self.standby else ()
        return (self.name, *standby, pods_name(self.name))

    @property
    def pods(self) -> ServiceFacts:
        """The pods as a workload of this app: the names in their certificate, and the place of their variables."""
        made = next(self.services(()))
        return replace(
            made.facts,
            name=self.name,
            account=self.name,
            services=self._service_names,
            headless=frozenset((pods_name(self.name),)),
            workload=("apps/v1", "StatefulSet"),
        )

    def store(
        self,
        technology: Technology,
        service: str,
        *,
        database: str | None = None,
        credentials: Credentials | None = None,
        users: Mapping[str, Credentials] | None = None,
        tls: KubeDbTls | None,
        alias: str = "server",
    ) -> Store:
        """Return the store behind a Service, as callers see it. `alias` is that of the server's certificate."""
        authority = None
        if tls is not None:
            authority = tls.authority or SecretKey(certificate_name(self.name, alias), AUTHORITY)
        store = Store.of_service(
            self.subject,
            technology,
            service=service,
            database=database,
            credentials=credentials,
            authority=authority,
            users=users,
        )
        return replace(store, foreign_authority=tls is not None and tls.authority is not None)

    def secrets(
        self, admin: SecretKey | None, tls: KubeDbTls | None, *, alias: str = "server"
    ) -> Iterator[MakesSecret | ReadsSecret]:
        """Yield the Secrets that KubeDB makes, and that of the administrator if it is another's."""
        scope = self.subject.scope
        if admin is None:
            yield MakesSecret(name=auth_name(self.name), scope=scope, keys=AUTH_KEYS)
        else:
            yield ReadsSecret(name=admin.name, subject=self.subject, keys=AUTH_KEYS)
        if tls is not None:
            # The private key is in the same Secret; callers get `ca.crt` alone.
            yield MakesSecret(name=certificate_name(self.name, alias), scope=scope, keys=CERTIFICATE_KEYS, rotates=True)

"""A team's own provider of a store: an operator will make the pods, the Services and the Secret of the login."""

from dataclasses import dataclass

from kmop_constructs import Credentials, Manifest, Pods, Port, PostgresSpec, Provision, SecretKey
from kmop_constructs.authors import MakesSecret, MakesService, NamedPort, Peer, Store, StoreNames, Subject

from constructs import Construct

ROLE = "acme.io/role"


@dataclass(frozen=True, kw_only=True)
class OperatedPostgres:
    """Draws one custom resource; everything else is a fact."""

    provision: Provision = Provision()  # noqa: RUF009 - a frozen value

    def names(self, subject: Subject, spec: PostgresSpec, /) -> StoreNames:
        login = Credentials(
            user=SecretKey(f"{subject.name}-app", "username"), password=SecretKey(f"{subject.name}-app", "password")
        )

        def store(suffix: str) -> Store:
            service = f"{subject.name}-{suffix}"
            return Store.of_service(
                subject, spec.technology, service=service, database=spec.database or "app", credentials=login
            )

        return StoreNames(primary=store("rw"), reader=store("ro"))

    def __call__(
        self, scope: Construct, id: str, /, *, subject: Subject, intent: PostgresSpec, accepts: tuple[Peer, ...]
    ) -> Manifest:
        wanted = self.provision.overridden(intent.provision)
        head = {"apiVersion": "acme.io/v1", "kind": "PostgresCluster", "metadata": {"name": subject.name}}
        spec = {"instances": wanted.instances or 3, "version": intent.version}
        port = NamedPort(name="postgresql", number=5432, offered=5432, spec=Port.tcp(5432))
        gives = (
            MakesSecret(name=f"{subject.name}-app", scope=subject.scope, keys=("username", "password")),
            *(
                MakesService(
                    subject=subject,
                    name=f"{subject.name}-{suffix}",
                    ports=(port,),
                    pod_labels={"acme.io/cluster": subject.name, ROLE: role},
                    accepts=(*accepts, Pods.of({"acme.io/cluster": subject.name}), Pods.of(namespace="acme-system")),
                )
                for suffix, role in (("rw", "primary"), ("ro", "replica"))
            ),
        )
        return Manifest(scope, id, {**head, "spec": spec}, gives=gives)

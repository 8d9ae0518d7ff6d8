"""What CloudNativePG makes of a Cluster, by name.

Services ``<cluster>-rw`` and ``-ro`` (https://cloudnative-pg.io/documentation/1.30/service_management/), the Secret of the owner
``<cluster>-app`` with its keys (https://cloudnative-pg.io/documentation/1.30/applications/#secrets), the authority
``<cluster>-ca`` (https://cloudnative-pg.io/documentation/1.30/certificates/), and the labels of pods
(https://cloudnative-pg.io/documentation/1.30/labels_annotations/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.spec import Credentials
from kmop_constructs.errors import bad
from kmop_constructs.values.env import SecretKey

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import PostgresSpec
    from kmop_constructs.core.subject import Subject

__all__ = [
    "APP_KEYS",
    "CLUSTER",
    "INSTANCE",
    "OPERATOR",
    "PLACE",
    "POOLER",
    "PRIMARY",
    "REPLICAS",
    "ROLE",
    "SERVICE_PORT",
    "STATUS_PORT",
    "authority_of",
    "cluster_name",
    "owner_of",
    "pooler_name",
    "roles_of",
]

CLUSTER = "cnpg.io/cluster"
ROLE = "cnpg.io/instanceRole"
POOLER = "cnpg.io/poolerName"
OPERATOR = {"app.kubernetes.io/name": "cloudnative-pg"}
PLACE = "cnpg-system"
"""Namespace in which the operator's own manifests install it."""

PRIMARY, REPLICAS = "rw", "ro"
"""Ends of the names of Services: the primary, and the replicas."""

INSTANCE = {PRIMARY: "primary", REPLICAS: "replica"}
"""Value of the label `ROLE` of the pods behind each of them."""

SERVICE_PORT = 5432
STATUS_PORT = 8000
"""Port at which the operator asks an instance for its state (https://cloudnative-pg.io/documentation/1.30/networking/)."""

APP_KEYS = (
    *(
        "username",
        "user",
        "password",
        "dbname",
        "host",
        "port",
        "pgpass",
        "uri",
        "jdbc-uri",
        "fqdn-uri",
        "fqdn-jdbc-uri",
    ),
)
"""Keys of the Secret of the owner."""

_LONGEST = 50
"""The longest name of a Cluster, by the webhook of the operator (internal/webhook/v1/cluster_webhook.go, validateName)."""


def roles_of(instances: int) -> tuple[str, ...]:
    """Return the ends of the names of the Services that callers use. One instance has no replicas."""
    return (PRIMARY, REPLICAS) if instances > 1 else (PRIMARY,)


def cluster_name(subject: Subject, generation: int) -> str:
    """Return the name of the Cluster of a generation of a store."""
    name = subject.name if generation == 1 else f"{subject.name}-{generation}"
    if len(name) > _LONGEST or "." in name:
        rule = f"use at most {_LONGEST} characters and no dot, which CloudNativePG requires"
        raise bad(f"{subject.path}: name", "too long for a Cluster, or with a dot", name, rule)
    return name


def pooler_name(cluster: str, role: str) -> str:
    """Return the name of a Pooler and of its Service."""
    return f"{cluster}-pooler-{role}"


def authority_of(cluster: str) -> SecretKey:
    """Return the authority of the certificates of a Cluster."""
    return SecretKey(f"{cluster}-ca", "ca.crt")


def owner_of(subject: Subject, spec: PostgresSpec, cluster: str) -> Credentials:
    """Return the login of the owner: that of the spec, or the one that the operator makes."""
    if spec.credentials is None:
        return Credentials(
            user=SecretKey(f"{cluster}-app", "username"), password=SecretKey(f"{cluster}-app", "password")
        )
    login = spec.credentials
    if not isinstance(login.user, str):
        got = "None" if login.user is None else "a reference to a Secret"
        what = "the name of the owner is not text, and CloudNativePG creates the user under it"
        raise bad(f"{subject.path}: credentials.user", what, got,
                  "write Credentials(user='orders', password=…), or leave credentials out: the operator makes a login")  # fmt: skip
    check_password(f"{subject.path}: credentials", login)
    return login


def check_password(where: str, login: Credentials) -> None:
    """Check that the operator can read a password: it reads the keys ``username`` and ``password`` of a Secret."""
    if login.password.key != "password":
        what = "not the key of a password that CloudNativePG reads"
        raise bad(f"{where}.password", what, login.password.key, "use the keys 'username' and 'password' of one Secret of the type "
                  "kubernetes.io/basic-auth")  # fmt: skip

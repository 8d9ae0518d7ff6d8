"""What CloudNativePG makes of a Cluster, by name.

Services ``<cluster>-rw`` and ``-ro`` (https://cloudnative-pg.io/documentation/1.30/service_management/), the Secret of the owner
``<cluster>-app`` with its keys (https://cloudnative-pg.io/documentation/1.30/applications/#secrets), the authority
``<cluster>-ca`` (https://cloudnative-pg.io/documentation/1.30/certificates/), and the labels of pods
(https://cloudnative-pg.io/documentation/1.30/labels_annotations/).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    "check_password",
    "check_user",
    "cluster_name",
    "object_ids",
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
    check_user(f"{subject.path}: credentials.user", login.user)
    check_password(f"{subject.path}: credentials", login)
    return login


_RESERVED = frozenset({"postgres", "streaming_replica"})


def check_user(where: str, name: str) -> None:
    """Refuse the name of a user or role that CloudNativePG keeps for itself, as its DatabaseRole does.

    It gives the superuser no password, and takes one that an owner of this name had away again
    (https://github.com/cloudnative-pg/cloudnative-pg/blob/v1.30.0/internal/management/controller/instance_controller.go,
    reconcileSuperuserPassword).
    """
    if name in _RESERVED or name.startswith(("pg_", "cnpg_")):
        raise bad(where, "reserved for PostgreSQL and CloudNativePG", name, "use another name")


def check_password(where: str, login: Credentials) -> None:
    """Check that the operator can read a password: it reads the keys ``username`` and ``password`` of a Secret."""
    if login.password.key != "password":
        what = "not the key of a password that CloudNativePG reads"
        raise bad(f"{where}.password", what, login.password.key, "use the keys 'username' and 'password' of one Secret of the type "
                  "kubernetes.io/basic-auth")  # fmt: skip


def object_ids(where: str, sort: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the part of the name of an object for each key of a spec: ``sort`` and the key in lower case, with ``-`` for ``_``.

    Raises `SpecError` for a key of which no name can be made, or of which the same name is made as of another.
    """
    found: dict[str, str] = {}
    for key in keys:
        part = key.replace("_", "-").lower()
        if not re.fullmatch("[a-z0-9]([-a-z0-9]*[a-z0-9])?", part):
            what = "cannot be a part of the name of an object"
            raise bad(where, what, key, "use letters, digits, '_' and '-', and none of these two at its ends")
        other = next((each for each, id in found.items() if id == f"{sort}-{part}"), None)
        if other is not None:
            what = f"has the same name as {other!r} as an object, in which '_' is '-' and letters are lower-case"
            raise bad(where, what, key, "use another name for one of them")
        found[key] = f"{sort}-{part}"
    return found

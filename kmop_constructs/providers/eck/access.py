"""The user of the application: a login that exists, a role with its rights, and no superuser.

ECK reads a user from a Secret of the type ``kubernetes.io/basic-auth``, roles from the key ``roles.yml`` and their users from the key
``users_roles`` of others (https://www.elastic.co/docs/deploy-manage/users-roles/cluster-or-deployment-auth/file-based).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from kmop_constructs.errors import SpecError, bad
from kmop_constructs.providers.eck.names import SUPERUSER, rights_name

if TYPE_CHECKING:
    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.components.data.store_spec import ElasticsearchSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.typings import elasticsearch_k8s_elastic_co as eck
    from kmop_constructs.typings import k8s

__all__ = ["auth", "login_of", "rights"]

_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@-]{0,253}")
"""Letters of a name that need no quotes in ``users_roles``, where ``:`` and ``,`` divide."""

# https://www.elastic.co/docs/reference/elasticsearch/security-privileges
_OWN_CLUSTER = ("manage_ilm", "manage_index_templates", "manage_ingest_pipelines")


def login_of(subject: Subject, spec: ElasticsearchSpec) -> Credentials:
    """Return the checked login of the application."""
    where, login = f"{subject.path}: credentials", spec.credentials
    if login is None:
        raise SpecError(f"{where}: not set, and the only login that ECK makes is that of the superuser; set "
                        "credentials=Credentials(user='search', password=ExistingSecret(…).key('password'))")  # fmt: skip
    if not isinstance(login.user, str):
        got = "None" if login.user is None else "a reference to a Secret"
        raise bad(f"{where}.user", "the name of the user is not text, and its role is given to it under this name", got,
                  "write Credentials(user='search', password=…)")  # fmt: skip
    if not _USER.fullmatch(login.user):
        rule = "use letters, digits, '_', '.', '@' and '-', a letter or digit first"
        raise bad(f"{where}.user", "not the name of a user in files of Elasticsearch", login.user, rule)
    if login.user.startswith(SUPERUSER):
        what = "the superuser, or a name that ECK keeps for itself"
        raise bad(f"{where}.user", what, login.user, "name a user of the application")
    if login.password.key != "password":
        raise bad(f"{where}.password", "not the key of a password that ECK reads", login.password.key,
                  "use the keys 'username' and 'password' of one Secret of the type kubernetes.io/basic-auth")  # fmt: skip
    return login


def auth(name: str, login: Credentials, *, superuser: bool) -> eck.ElasticsearchAuth:
    """Return where ECK reads users and roles."""
    found: eck.ElasticsearchAuth = {
        "fileRealm": [{"secretName": login.password.name}, {"secretName": rights_name(name)}],
        "roles": [{"secretName": rights_name(name)}],
    }
    if not superuser:
        found["disableElasticUser"] = True
    return found


def rights(subject: Subject, spec: ElasticsearchSpec, login: Credentials) -> k8s.Secret:
    """Return the role of the application and its user. ECK reads both from a Secret, although they are not secret."""
    role = f"{subject.name}-application"
    every = spec.indices == ("*",)
    roles = {
        role: {
            "cluster": sorted(("monitor", *(_OWN_CLUSTER if every else ()))),
            "indices": [{"names": list(spec.indices), "privileges": ["all"]}],
        }
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": rights_name(subject.name), "labels": dict(subject.labels)},
        # JSON is YAML too.
        "stringData": {"roles.yml": f"{json.dumps(roles, indent=2)}\n", "users_roles": f"{role}:{login.user}\n"},
    }

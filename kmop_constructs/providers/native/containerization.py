"""Private registries by plain Kubernetes: Secrets with the credentials of a registry."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.errors import SpecError
from kmop_constructs.values.names import dns_subdomain, text
from kmop_constructs.values.secret import InlineSecret

if TYPE_CHECKING:
    from constructs import Construct

__all__ = ["NativePullSecret"]


class NativePullSecret(Manifest):
    """A Secret with the credentials of a registry, for ``Image(…, pull_secrets=(this,))``. The output shows the credentials."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        registry: str,
        username: str,
        password: InlineSecret,
        name: str | None = None,
    ) -> None:
        """Draw the Secret.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            registry: Host name of the registry, such as ``ghcr.io``.
            username: The user name.
            password: The password or token, readable in the output.
            name: Name of the Secret. Default: the id.
        """
        where = place_of(scope).child(id).path
        if not isinstance(password, InlineSecret):
            raise SpecError(
                f"{where}: password: the value would be readable in the output; write InlineSecret(…) to accept that"
            )
        text(f"{where}: registry", registry)
        text(f"{where}: username", username)
        token = base64.b64encode(f"{username}:{password.value}".encode("utf-8", "surrogatepass")).decode()
        auth = {"auths": {registry: {"username": username, "password": password.value, "auth": token}}}
        literal = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": dns_subdomain(f"{where}: name", name or id)},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": json.dumps(auth, sort_keys=True)},
        }
        super().__init__(scope, id, literal)

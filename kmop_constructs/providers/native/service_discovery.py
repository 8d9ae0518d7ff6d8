"""Service discovery by plain Kubernetes: Services and their DNS names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import place_of
from kmop_constructs.core.service import service_literal
from kmop_constructs.errors import bad
from kmop_constructs.values.names import hostname, service_name

if TYPE_CHECKING:
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.service import Service

    from constructs import Construct

__all__ = ["NativeDiscovery", "NativeExternalName"]


class NativeDiscovery(Manifest):
    """A Service: ClusterIP or headless."""

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Service) -> None:
        """Draw the Service of a workload. The platform calls this."""
        super().__init__(scope, id, service_literal(service, intent))


class NativeExternalName(Manifest):
    """A Service of type ExternalName, which gives an external host a name in the cluster: ``NativeExternalName(chart, "mail", host="mail.acme.io")``."""

    def __init__(self, scope: Construct, id: str, /, *, host: str, name: str | None = None) -> None:
        """Draw the Service.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct.
            host: The host name that DNS returns (CNAME), not an IP address.
            name: Name of the Service. Default: the id.
        """
        where = place_of(scope).child(id).path
        hostname(f"{where}: host", host)
        if host.replace(".", "").isdigit():
            what = "an IP address, but an ExternalName needs a host name"
            raise bad(f"{where}: host", what, host, "write a host name")
        super().__init__(
            scope,
            id,
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": service_name(f"{where}: name", name or id)},
                "spec": {"type": "ExternalName", "externalName": host},
            },
        )

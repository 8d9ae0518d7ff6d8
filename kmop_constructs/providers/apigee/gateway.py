"""The objects around an API proxy of Apigee: hosts, environment, runtime instances, and private endpoints to services.

Apigee does not run in the cluster: Google runs it, and an API proxy, a bundle of files that is deployed through
Apigee's own API, handles each request. Config Connector (https://cloud.google.com/config-connector/docs/overview) has
kinds for everything around that bundle, and those are drawn here. See docs/gateways/apigee.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING, Literal, TypeAlias

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import dns_label, flag, hostname, made_by, one_of, several, texts

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.typings import apigee_cnrm_cloud_google_com as apigee
    from kmop_constructs.typings import k8s

__all__ = ["ApigeeEdge", "ApigeeEdgeOptions", "ApigeeEndpoint"]

Deletion: TypeAlias = Literal["abandon", "delete"]

_ATTACHMENT = re.compile(r"projects/[^/\s]+/regions/([a-z0-9-]+)/serviceAttachments/[a-z]([a-z0-9-]*[a-z0-9])?")
_ENDPOINT = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")
_ORGANIZATION = re.compile(r"[a-z][a-z0-9-]*[a-z0-9]")


@dataclass(frozen=True, kw_only=True, slots=True)
class ApigeeEndpoint:
    """A private endpoint from Apigee to a service, by Private Service Connect.

    ``ApigeeEndpoint("shop", "projects/acme/regions/europe-west1/serviceAttachments/shop")``. The field
    ``status.observedState.host`` of its object holds the address for API proxies.
    """

    name: str = field(kw_only=False)
    """Name of the endpoint in the organization, 2 to 32 characters."""

    service_attachment: str = field(kw_only=False)
    """The service attachment of the service's internal load balancer. Apigee accepts one endpoint for each
    attachment."""

    location: str | None = None
    """The region. Default: the region of the service attachment."""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not _ENDPOINT.fullmatch(self.name):
            # https://cloud.google.com/apigee/docs/reference/apis/apigee/rest/v1/organizations.endpointAttachments/create
            raise bad("ApigeeEndpoint.name", "not the name of an endpoint attachment", self.name,
                      "use 2 to 32 lower-case letters, digits and '-', starting with a letter")  # fmt: skip
        attachment = self.service_attachment
        if not isinstance(attachment, str) or not _ATTACHMENT.fullmatch(attachment):
            raise bad("ApigeeEndpoint.service_attachment", "not the full name of a service attachment", attachment,
                      "write it as 'projects/acme/regions/europe-west1/serviceAttachments/shop'")  # fmt: skip
        if self.location is not None:
            dns_label("ApigeeEndpoint.location", self.location)

    @property
    def region(self) -> str:
        """The region."""
        found = _ATTACHMENT.fullmatch(self.service_attachment)
        assert found
        return self.location or found[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class ApigeeEdgeOptions:
    """Options of `ApigeeEdge`: an existing environment, and what a deletion does in Google Cloud."""

    environment_exists: bool = False
    """Whether the environment exists already. Default: False, it is drawn."""

    deletion: Deletion = "abandon"
    """What happens in Google Cloud when an object is deleted: ``abandon`` keeps the resource; ``delete`` deletes it,
    and with an environment everything that is deployed in it
    (https://cloud.google.com/config-connector/docs/how-to/managing-deleting-resources). Default: abandon."""

    def __post_init__(self) -> None:
        flag("ApigeeEdgeOptions.environment_exists", self.environment_exists)
        one_of("ApigeeEdgeOptions.deletion", self.deletion, Deletion)


class ApigeeEdge(Placed, Construct):
    """The hosts that Apigee serves, the environment and instances that serve them, and the private endpoints to the app.

    ``ApigeeEdge(self, "public", organization="acme", hosts=SHOP.hosts, environment="prod", instances=("europe-west1",),
    endpoints=[ApigeeEndpoint("shop", "projects/acme/regions/europe-west1/serviceAttachments/shop")])``

    The organization and its instances must exist; API proxies, products, developers and apps are not drawn.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        organization: str,
        hosts: Sequence[str],
        environment: str,
        instances: Sequence[str] = (),
        endpoints: Sequence[ApigeeEndpoint] = (),
        options: ApigeeEdgeOptions = ApigeeEdgeOptions(),
    ) -> None:
        """Draw the objects of Config Connector.

        Args:
            scope: The parent construct, below a chart with a namespace that Config Connector watches.
            id: Id of the construct, and name of the environment group.
            organization: The Apigee organization, usually the id of the Google Cloud project.
            hosts: Host names of the environment group; no other group of the organization may have them.
            environment: The environment that serves them, in which API proxies are deployed.
            instances: Runtime instances to attach the environment to. Default: none, the existing attachments stay.
            endpoints: Private endpoints to services. Default: none.
            options: Further options. Default: `ApigeeEdgeOptions()`.

        Raises:
            SpecError: A value is wrong, or there are duplicates.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        made_by(f"{where}: options", options, ApigeeEdgeOptions)
        if not isinstance(organization, str) or not _ORGANIZATION.fullmatch(organization):
            raise bad(
                f"{where}: organization", "not the id of an organization", organization, "write it as 'acme-prod'"
            )
        names = _distinct(f"{where}: hosts", texts(f"{where}: hosts", hosts))
        for host in names:
            hostname(f"{where}: hosts", host)
        if not names:
            raise SpecError(f"{where}: hosts: no host is served, got (); name at least one host")
        dns_label(f"{where}: environment", environment)
        runs_in = _distinct(f"{where}: instances", texts(f"{where}: instances", instances))
        for instance in runs_in:
            dns_label(f"{where}: instances", instance)
        ways = several(f"{where}: endpoints", endpoints)
        for way in ways:
            made_by(f"{where}: endpoints", way, ApigeeEndpoint)
        _distinct(f"{where}: endpoints", [way.name for way in ways])
        _distinct(f"{where}: endpoints", [way.service_attachment for way in ways])
        self.group: str = dns_label(f"{where}: id", id)
        """The environment group."""
        self.environment: str = environment
        """The environment."""
        self._organization = f"organizations/{organization}"
        self._deletion = options.deletion
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        self._draw(names, runs_in, ways, drawn=not options.environment_exists)

    def _draw(
        self, hosts: Sequence[str], instances: Sequence[str], endpoints: Sequence[ApigeeEndpoint], *, drawn: bool
    ) -> None:
        organization: apigee.ApigeeAPIProductOrganizationRef = {"external": self._organization}
        environment: apigee.ApigeeAPIProductOrganizationRef = {"name": self.environment}
        if not drawn:
            environment = {"external": f"{self._organization}/environments/{self.environment}"}
        group: apigee.ApigeeEnvgroup = {
            "apiVersion": "apigee.cnrm.cloud.google.com/v1beta1",
            "kind": "ApigeeEnvgroup",
            "metadata": self._metadata(self.group),
            "spec": {"organizationRef": organization, "hostnames": list(hosts)},
        }
        Manifest(self, "group", group)
        if drawn:
            made: apigee.ApigeeEnvironment = {
                "apiVersion": "apigee.cnrm.cloud.google.com/v1beta1",
                "kind": "ApigeeEnvironment",
                "metadata": self._metadata(self.environment),
                "spec": {"apigeeOrganizationRef": organization},
            }
            Manifest(self, "environment", made)
        attached: apigee.ApigeeEnvgroupAttachment = {
            "apiVersion": "apigee.cnrm.cloud.google.com/v1beta1",
            "kind": "ApigeeEnvgroupAttachment",
            "metadata": self._metadata(f"{self.group}-{self.environment}"),
            "spec": {"envgroupRef": {"name": self.group}, "environmentRef": environment},
        }
        Manifest(self, "group-attachment", attached)
        for instance in instances:
            runs: apigee.ApigeeInstanceAttachment = {
                "apiVersion": "apigee.cnrm.cloud.google.com/v1beta1",
                "kind": "ApigeeInstanceAttachment",
                "metadata": self._metadata(f"{instance}-{self.environment}"),
                "spec": {
                    "instanceRef": {"external": f"{self._organization}/instances/{instance}"},
                    "environmentRef": environment,
                },
            }
            Manifest(self, f"instance-{instance}", runs)
        for way in endpoints:
            endpoint: apigee.ApigeeEndpointAttachment = {
                "apiVersion": "apigee.cnrm.cloud.google.com/v1beta1",
                "kind": "ApigeeEndpointAttachment",
                "metadata": self._metadata(way.name),
                "spec": {
                    "organizationRef": organization,
                    "location": way.region,
                    "serviceAttachmentRef": {"external": way.service_attachment},
                },
            }
            Manifest(self, f"endpoint-{way.name}", endpoint)

    def _metadata(self, name: str) -> k8s.ObjectMeta:
        if self._deletion == "delete":  # as Config Connector does by itself
            return {"name": name}
        return {"name": name, "annotations": {"cnrm.cloud.google.com/deletion-policy": "abandon"}}


def _distinct(where: str, values: Sequence[str]) -> Sequence[str]:
    for value in values:
        if values.count(value) > 1:
            raise bad(where, "duplicate", value, "keep one of them")
    return values

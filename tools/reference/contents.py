"""Which page a name is on: by the module that makes it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tools.reference.names import PublicName
from tools.reference.sources import PACKAGE


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page of the reference."""

    file: str
    title: str
    about: str
    """One sentence: what it covers."""

    modules: tuple[str, ...]
    """Modules below the package, or packages with all that they hold, in the order of the page. The longest one that fits
    a name says where it is."""


PAGES = (
    Page(
        file="services.md",
        title="Services and workloads",
        about="Constructs that run an image, their specs, and the values that describe a pod and its Service.",
        modules=(
            "workloads.microservice",
            "workloads.spec",
            "workloads.stateful",
            "workloads.node_agent",
            "workloads.called",
            "workloads.task",
            "workloads.workload",
            "values.workload",
            "values.container",
            "values.image",
            "values.ports",
            "values.service",
            "values.resources",
            "values.quantity",
            "values.schedule",
            "values.security",
        ),
    ),
    Page(
        file="health-and-scaling.md",
        title="Health, scaling and placement",
        about="Checks, number of pods, rollouts, disruptions, the end of a pod, metrics, and the nodes that pods are put on.",
        modules=(
            "values.probes",
            "values.scaling",
            "values.event_scaling",
            "values.disruption",
            "values.rollout",
            "values.hooks",
            "values.shutdown",
            "values.metrics",
            "values.placement",
            "values.affinity",
            "components.fault_tolerance",
            "providers.native.fault_tolerance",
            "providers.keda",
        ),
    ),
    Page(
        file="connections.md",
        title="Edges and connections",
        about="How to declare what a service calls and who may call it, and the variables and policies that follow from this.",
        modules=(
            "core.edges",
            "values.address",
            "values.pods",
            "components.communication",
            "core.connection",
            "core.contribution",
            "values.dns",
            "components.service_discovery",
            "components.load_balancer",
            "providers.native.communication",
            "providers.native.service_discovery",
            "providers.native.load_balancer",
        ),
    ),
    Page(
        file="configuration.md",
        title="Configuration, files and secrets",
        about="Variables, files and secrets of a container, and the ConfigMaps and Secrets that they come from.",
        modules=(
            "values.env",
            "values.files",
            "values.secret",
            "components.configuration",
            "workloads.secrets",
            "components.configuration.spec",
            "providers.native.configuration",
            "providers.native.secrets",
            "providers.vault",
            "providers.sealed_secrets",
            "providers.external_secrets",
            "providers.reloader",
            "outputs.vault",
            "components.configuration.vault",
            "components.configuration.pki",
            "providers.spring_cloud_config",
            "providers.consul",
            "providers.etcd",
        ),
    ),
    Page(
        file="certificates.md",
        title="Certificates",
        about="Certificates of workloads, what makes them, and how callers verify a server.",
        modules=(
            "values.certificate",
            "providers.cert_manager",
            "providers.trust_manager",
            "providers.native.certificates",
        ),
    ),
    Page(
        file="storage.md",
        title="Storage",
        about="Volumes: scratch space, claims that exist, and a claim for each pod.",
        modules=("values.volumes",),
    ),
    Page(
        file="exposure.md",
        title="Exposure and routes",
        about="What a service needs from its gateway, the same for all gateways: hosts, paths, TLS, logins, limits.",
        modules=(
            "components.api_gateway.spec",
            "components.api_gateway.route",
            "components.api_gateway.tls",
            "components.api_gateway.auth",
            "components.api_gateway.traffic",
            "components.api_gateway.streams",
        ),
    ),
    Page(
        file="gateways.md",
        title="Gateways",
        about="The gateways that draw an exposure, the entries that the platform's team draws, and the options of each.",
        modules=(
            "components.api_gateway",
            "providers.native.api_gateway",
            "providers.ingress_nginx",
            "providers.haproxy",
            "providers.gateway_api",
            "providers.envoy_gateway",
            "providers.traefik",
            "providers.kong",
            "providers.emissary",
            "providers.istio",
            "providers.nginx",
            "providers.oauth2_proxy",
            "providers.spring_cloud_gateway",
            "providers.apigee",
        ),
    ),
    Page(
        file="data.md",
        title="Data stores",
        about="Databases, caches, search and queues: what an application needs, the providers that run it, and existing stores.",
        modules=(
            "workloads.stores",
            "workloads.topics",
            "workloads.queues",
            "workloads.outbox",
            "workloads.projection",
            "components.data.store_spec",
            "components.data.spec",
            "components.data",
            "components.data.backup",
            "components.data.dumps",
            "outputs.stores",
            "outputs.asyncapi",
            "workloads.dumps",
            "components.data.pooler",
            "components.data.users",
            "values.object_store",
            "providers.cloudnativepg",
            "providers.eck",
            "providers.etcd_operator",
            "providers.mongodb",
            "providers.existing",
            "providers.kubedb",
            "providers.rabbitmq_operators",
            "providers.redis_operator",
            "providers.strimzi",
            "providers.velero",
            "providers.native.data",
        ),
    ),
    Page(
        file="platform.md",
        title="Platform, charts and clusters",
        about="Providers for each job, the cluster and its Kubernetes version, and the objects of a namespace.",
        modules=(
            "workloads.platform",
            "core.chart",
            "values.cluster",
            "components.security",
            "components.containerization",
            "components.orchestration",
            "providers.native.security",
            "providers.native.containerization",
            "providers.native.orchestration",
        ),
    ),
    Page(
        file="identities.md",
        title="Identities of a cloud",
        about="Roles and service accounts of a cloud for workloads, their providers, and the list of what the cloud must have.",
        modules=(
            "values.cloud_identity",
            "providers.aws",
            "providers.azure",
            "providers.google",
            "providers.native.identity",
            "components.security.identity",
            "outputs",
        ),
    ),
    Page(
        file="checks.md",
        title="Checks and findings",
        about="Rules over the whole app, what they find, and how a finding is allowed.",
        modules=("checks", "core.findings", "core.allowances"),
    ),
    Page(
        file="manifests.md",
        title="Manifests and patches",
        about="Any object of Kubernetes as a literal, and changes for which no field exists.",
        modules=("core.manifest", "core.patch"),
    ),
    Page(
        file="testing.md",
        title="Tests",
        about="The test kit for repositories that use the package.",
        modules=("testing",),
    ),
    Page(
        file="errors.md",
        title="Errors",
        about="What is raised, and when.",
        modules=("errors",),
    ),
    Page(
        file="extending.md",
        title="Extending",
        about="Providers, jobs, tools and facts of your own.",
        modules=(
            "workloads.plan",
            "core.jobs",
            "values.tool",
            "core.subject",
            "core.place",
            "core.declared",
            "core.made",
            "core.reading",
            "core.capability",
            "core.reload",
            "components.api_gateway.base",
            "components.api_gateway.capability",
            "components.api_gateway.targets",
            "components.configuration.base",
            "components.data.base",
            "core.broker",
        ),
    ),
)

ORDINARY = (
    "KmopChart",
    "Microservice",
    "ServiceSpec",
    "Image",
    "Port",
    "Resources",
    "Cpu",
    "Size",
    "Health",
    "Replicas",
    "Autoscaling",
    "ServiceRef",
    "ExternalHost",
    "SecretKey",
    "NativeConfig",
    "EmptyDir",
    "Migration",
    "Exposure",
    "Tls",
    "Platform",
)
"""The names that most services need and few do without, as a reader meets them."""


@cache
def find_page(home: str) -> tuple[Page, int] | None:
    """The page of a module, and the module's place on it."""
    fits = [
        (len(prefix), page, index)
        for page in PAGES
        for index, prefix in enumerate(page.modules)
        if f"{home}.".startswith(f"{PACKAGE}.{prefix}.")
    ]
    if not fits:
        return None
    _, page, index = max(fits, key=lambda fit: fit[0])
    return page, index


def page_of(name: PublicName) -> tuple[Page, int]:
    """The same of a public name, which has one.

    Raises:
        LookupError: No page has its module.
    """
    found = find_page(name.home)
    if found is None:
        raise LookupError(f"{name.module}.{name.name}: no page has {name.home}; name it in {__name__}.PAGES")
    return found

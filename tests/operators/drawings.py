"""What the library draws for each tool in the tests of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kmop_constructs import Exposure
from kmop_constructs.exposure import Oidc
from kmop_constructs.testing import synthesize
from tests.cluster.api import Object
from tests.cluster.systems import render
from tests.operators import configuration_clients, sealed_values, stored_secrets, vault_reading, workload_certificates
from tests.operators.cloudnativepg import databases
from tests.operators.eck import searches
from tests.operators.etcd import members
from tests.operators.exposures import draw, exposures, with_own_certificate
from tests.operators.gateway_conformance import conformance_class
from tests.operators.keda import work
from tests.operators.mongodb import replica_sets
from tests.operators.traefik import routes as traefik
from tests.operators.trust_manager import bundles
from tests.operators.velero import namespaces
from tests.providers.envoy_gateway import expect as envoy_gateway
from tests.providers.istio import expect as istio

from cdk8s import App

CERT_MANAGER = "cert-manager.io/"
ISTIO = ".istio.io/"
GATEWAY_API = ("gateway.networking.k8s.io/", "gateway.envoyproxy.io/")
READERS = frozenset({"Gateway", "Host", "Ingress", "IngressRoute", "VirtualServer"})
"""Kinds by which gateways find a certificate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """What is drawn for a tool, and what its tests leave out."""

    objects: Callable[[Path], list[Object]]
    """The objects. The folder is for the files of a synthesis."""

    not_seen: tuple[str, ...]
    """What the tool does, or the library draws for it, and its tests do not see."""


def _for_cert_manager(folder: Path) -> list[Object]:
    """The shop behind every gateway, and workloads with certificates: what asks for one, and what reads it."""
    app = App(outdir=str(folder))
    workload_certificates.build(app)
    objects = [*render("gateways", folder, None).objects, *synthesize(app).objects]
    return [item for item in objects if item["apiVersion"].startswith(CERT_MANAGER) or item["kind"] in READERS]


def _for_external_secrets(folder: Path) -> list[Object]:
    """Secrets of every source, and the workloads that read them."""
    app = App(outdir=str(folder))
    stored_secrets.build(app)
    return [*synthesize(app).objects]


def _for_vault_secrets_operator(folder: Path) -> list[Object]:
    """What the operator reads, and the workloads that it restarts."""
    app = App(outdir=str(folder))
    vault_reading.build(app)
    places = {"vault-payments", vault_reading.SECURED}
    found = [each for each in synthesize(app).objects if each["metadata"].get("namespace") in places]
    return [each for each in found if each["kind"] in vault_reading.KINDS or "template" in each.get("spec", {})]


def _for_sealed_secrets(folder: Path) -> list[Object]:
    """Secrets of files and of values, in the form of kubeseal; the tests draw the same with what it has encrypted."""
    app = App(outdir=str(folder / "dist"))
    sealed_values.build(app, folder, sealed_values.write_placeholders(folder))
    return [*synthesize(app).objects]


def for_istio() -> dict[str, Exposure]:
    """Every exposure that an ingress gateway of Istio can serve. One login: all share its extension provider."""
    found = exposures(istio.CASE, once=["oidc"])
    known = {name: each for name, each in found.items() if not _by_config_map(each)}
    return {name: with_own_certificate(name, exposure) for name, exposure in known.items()}


def _by_config_map(exposure: Exposure) -> bool:
    """Whether the authority of a service is in a ConfigMap: a field of 1.32, which the istiod of the tests does not know."""
    return exposure.backend_tls is not None and exposure.backend_tls.ca_config_map is not None


def _for_istio(folder: Path) -> list[Object]:
    """The exposures, and the Services behind them."""
    app = App(outdir=str(folder))
    draw(app, for_istio(), istio.GATEWAY)
    objects = [*synthesize(app).objects, *render("gateways", folder, None).objects]
    own = [item for item in objects if ISTIO in item["apiVersion"]]
    places = {item["metadata"]["namespace"] for item in own}
    services = [item for item in objects if item["kind"] == "Service" and item["metadata"]["namespace"] in places]
    return [*services, *own]


def for_envoy_gateway() -> dict[str, Exposure]:
    """Every exposure that Envoy Gateway can serve, without logins: it asks their issuers, which are out of reach."""
    return {name: each for name, each in exposures(envoy_gateway.CASE).items() if not isinstance(each.auth, Oidc)}


def _for_envoy_gateway(folder: Path) -> list[Object]:
    """The exposures, and the Services behind them."""
    app = App(outdir=str(folder))
    draw(app, for_envoy_gateway(), envoy_gateway.CASE.gateway)
    objects = synthesize(app).objects
    services = [item for item in objects if item["kind"] == "Service"]
    return [*services, *(item for item in objects if item["apiVersion"].startswith(GATEWAY_API))]


def _for_traefik(folder: Path) -> list[Object]:
    """The exposures of each of its providers, and of the native one, and the Services behind them."""
    return [item for number, each in enumerate(traefik.all_stages(folder)) for item in each.drawn(str(number))]


def _for_cloudnativepg(folder: Path) -> list[Object]:
    """Stores, their users, poolers, copies and policies."""
    app = App(outdir=str(folder))
    databases.build(app)
    return list(synthesize(app).objects)


def _for_eck(folder: Path) -> list[Object]:
    """Stores with and without a superuser, with copies, and their policies."""
    app = App(outdir=str(folder))
    searches.build(app)
    return list(synthesize(app).objects)


def _for_etcd(folder: Path) -> list[Object]:
    """Clients of an etcd that is already there, and a store of three members with its own."""
    return [*configuration_clients.for_etcd(folder / "clients"), *members.draw(folder / "members").objects]


def _for_mongodb(folder: Path) -> list[Object]:
    """Replica sets, their users, certificates and policies, and callers."""
    app = App(outdir=str(folder))
    replica_sets.build(app)
    return list(synthesize(app).objects)


def _for_trust_manager(folder: Path) -> list[Object]:
    """Bundles of every source."""
    app = App(outdir=str(folder))
    bundles.build(app)
    return list(synthesize(app).objects)


def _for_keda(folder: Path) -> list[Object]:
    """Workers with queues, windows, a fallback, and one with the use of CPU and memory."""
    app = App(outdir=str(folder))
    work.build(app)
    return list(synthesize(app).objects)


DRAWINGS: Mapping[str, Drawing] = {
    "cert_manager": Drawing(
        objects=_for_cert_manager,
        not_seen=(
            "Issuers of ACME and Venafi: there is no such authority here. A CA issuer takes the name of the app's issuer",
            "The gateways themselves, which serve the certificate",
            "The webhook, which refuses wrong objects, and the CA injector",
            "The command of cert-manager: its controllers are started by a program of the tests",
        ),
    ),
    "consul": Drawing(
        objects=configuration_clients.for_consul,
        not_seen=(
            "Spring Cloud Consul: the rights of its token are tried with the command of Consul",
            "Agents on other nodes than the servers: the address of the node is that of the only server",
            "Client certificates (verify_incoming), and an init container that waits for the servers",
        ),
    ),
    "cloudnativepg": Drawing(
        objects=_for_cloudnativepg,
        not_seen=(
            (
                "PostgreSQL itself, PgBouncer, and the Barman Cloud Plugin, which writes the copies: they run in the tests on real "
                "nodes (tests/nodes/test_cloudnativepg.py), with users, extensions, poolers, fail-over, copies and recovery"
            ),
        ),
    ),
    "eck": Drawing(
        objects=_for_eck,
        not_seen=(
            "Elasticsearch itself: no node runs, so roles, the settings of the log, the heap, fail-over and updates are not seen",
            "Copies: the operator acts on a StackConfigPolicy with an Enterprise licence alone, and refuses the store without it",
        ),
    ),
    "envoy_gateway": Drawing(
        objects=_for_envoy_gateway,
        not_seen=(
            "The pods of Envoy: it is a process with the arguments and files of the Deployment that the controller makes, of another release",
            "Entry points of another namespace: the translator does not read labels of namespaces from a file",
            "What is made of policies other than time limits and retries: each is accepted, and only its routes are read back",
            "Time limit and retries of an exposure that declares none: Envoy ends a request after 15 seconds by default",
        ),
    ),
    "etcd": Drawing(
        objects=_for_etcd,
        not_seen=(
            "Members in pods: they are processes with an address each in place of 0.0.0.0, without the file system that only they read",
            "An init container that waits for the store, and a drain, which the cluster tests see for every budget",
            "etcd-operator: its module is not served, so what is drawn for it is held against its definition alone",
            "Variables with another first part than ETCDCTL: the client of the tests is etcdctl",
        ),
    ),
    "external_secrets": Drawing(
        objects=_for_external_secrets,
        not_seen=(
            "Stores of clouds: a fake store has the values, and a namespace is a store too",
            "Stores in Vault, and logins for a limited time: they are in the ledger of Vault",
            "Reloader, which replaces the pods: its module is not served. Its annotations name what the operator writes again",
            "The webhook, which refuses wrong objects",
        ),
    ),
    "gateway_conformance": Drawing(
        objects=conformance_class.draw,
        not_seen=(
            "Routes that are drawn: the tests have their own, which are in the ledger of Envoy Gateway",
            "The pods themselves: each is a process in a network of its own, and Envoy's has no shutdown manager",
            "Services: each has the address of its pod, and Envoy listens on their ports by useListenerPortAsContainerPort",
            "Release 1.7 of the tests, which Go 1.26 does not build: these are of 1.6, with the definitions of 1.7",
            "Tests of service meshes",
        ),
    ),
    "istio": Drawing(
        objects=_for_istio,
        not_seen=(
            "Istio's own build of Envoy: requests go through the official one, without Istio's filters for metrics and for TLS in the mesh",
            "Annotations and DNS records: other tools read them",
            "Authorities of services in a ConfigMap, a field of Istio 1.32",
            "Time limit and retries of an exposure that declares none: by default Istio has no limit and two retries; the retries are off in the mesh of the tests",
        ),
    ),
    "keda": Drawing(
        objects=_for_keda,
        not_seen=(
            "RabbitMQ itself: a program of the tests speaks as much of AMQP as KEDA asks, and refuses other logins",
            "TLS to a broker",
            "Queries of Prometheus: they are held against the documentation of KEDA",
            "The use of CPU and memory: the metrics are those of the native autoscaler, and the cluster measures none",
            "The policy that admits KEDA: its programs run beside the cluster, and nothing enforces policies",
        ),
    ),
    "mongodb": Drawing(
        objects=_for_mongodb,
        not_seen=(
            "Release 1.10 of MongoDB Controllers for Kubernetes, whose module is not served: what runs is the last release before it",
            "MongoDB and its agent: no member runs, so logins, elections, TLS and the preference of reads are not seen",
            "The annotation by which an agent reports its state: the tests write it",
        ),
    ),
    "traefik": Drawing(
        objects=_for_traefik,
        not_seen=(
            "Traefik in a pod: it is a process beside the cluster, with the flags of its Helm chart and all rights",
            "Features of Traefik Hub",
            "Policies, which admit its pods: the tests on real nodes see what policies drop",
        ),
    ),
    "trust_manager": Drawing(
        objects=_for_trust_manager,
        not_seen=(
            "The default package of public authorities, which is an image: the package of the tests has one authority",
            "A caller that reads a ConfigMap of a bundle: the tests on real nodes see callers read an authority from a file",
        ),
    ),
    "vault": Drawing(
        objects=vault_reading.objects,
        not_seen=(
            "Vault Secrets Operator: it has a ledger of its own; here the tests log in as its accounts",
            "Namespaces of Vault Enterprise",
            "The database of the logins with other statements than those of the tests, and engines other than kv, database and pki",
        ),
    ),
    "vault_secrets_operator": Drawing(
        objects=_for_vault_secrets_operator,
        not_seen=(
            "The release that is drawn for, 1.4: its module is not served, and this is the newest that is",
            "A lease that cannot be extended, and a token that ends",
        ),
    ),
    "velero": Drawing(
        objects=namespaces.objects,
        not_seen=(
            "What is in a volume: there is no driver of snapshots and no node agent, so claims and volumes are objects alone",
            "Hooks: containers of the simulated nodes do not run",
            "Velero's own Deployment: the server is a process with all rights, and a Deployment of that name is there for restores",
            "The client of Velero, the plug-ins for Google Cloud and Azure, and Amazon's own servers",
            "What CloudNativePG makes for its stores: the tests make a login and a claim with its label, and it does not run",
            "The deletion of an expired backup, and a new cluster: the copy of a lost one is restored in the same",
        ),
    ),
    "sealed_secrets": Drawing(
        objects=_for_sealed_secrets,
        not_seen=(
            "The rights of the controller's own account, and its Service in front of a pod: it is a process with all rights",
            "A pod that starts before its new value is decrypted",
        ),
    ),
}
"""Each tool, by its folder in tools/operators."""

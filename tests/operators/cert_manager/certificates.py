"""Which certificate a gateway reads, and what is in it."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

from kmop_constructs.providers.istio.servers import DEFAULT
from tests.cluster.api import Api, Object

AUTHORITY = "Root of the tests"
HOST = re.compile(r"Host\(`([^`]+)`\)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A Secret with a certificate that a gateway reads for some hosts."""

    namespace: str
    secret: str
    hosts: frozenset[str]

    def problems(self, api: Api) -> list[str]:
        """What keeps the gateway from serving the hosts with it."""
        answer = api.send("GET", f"/api/v1/namespaces/{self.namespace}/secrets/{self.secret}")
        if not answer.ok:
            return [f"Secret {self.namespace}/{self.secret}: {answer.message}"]
        names, issuer = names_and_issuer(certificate_of(answer.body))
        found = [] if names == self.hosts else [f"{self.secret}: is for {sorted(names)}; want {sorted(self.hosts)}"]
        found += [] if AUTHORITY in issuer else [f"{self.secret}: issued by {issuer}"]
        found += [] if answer.body["type"] == "kubernetes.io/tls" else [f"{self.secret}: is {answer.body['type']}"]
        return found


def certificate_of(secret: Object) -> bytes:
    return base64.b64decode(secret["data"]["tls.crt"])


def names_and_issuer(certificate: bytes) -> tuple[frozenset[str], str]:
    """The DNS names that a certificate is for, and its issuer."""
    command = ["openssl", "x509", "-noout", "-ext", "subjectAltName", "-issuer"]
    text = subprocess.run(command, input=certificate, capture_output=True, check=True).stdout.decode()
    issuer = next(line for line in text.splitlines() if line.startswith("issuer"))
    return frozenset(re.findall(r"DNS:([^,\s]+)", text)), issuer


def read_by(objects: Iterable[Object]) -> set[Read]:
    """The certificates that gateways read, by their own objects."""
    found: dict[tuple[str, str], set[str]] = {}
    for item in objects:
        for namespace, secret, hosts in _pairs(item):
            found.setdefault((namespace, secret), set()).update(hosts)
    return {Read(namespace=place, secret=secret, hosts=frozenset(hosts)) for (place, secret), hosts in found.items()}


def _pairs(item: Object) -> Iterable[tuple[str, str, list[str]]]:
    own, spec = item["metadata"].get("namespace", ""), item.get("spec", {})
    match item["kind"], item["apiVersion"].partition("/")[0]:
        case "Ingress", _:
            return [(own, each["secretName"], each["hosts"]) for each in spec.get("tls", [])]
        case "Gateway", "gateway.networking.k8s.io":
            secure = [each for each in spec["listeners"] if "tls" in each]
            return [(own, ref["name"], [each["hostname"]]) for each in secure for ref in each["tls"]["certificateRefs"]]
        case "Gateway", _:
            # Istio reads it where the pods of the gateway are.
            place = str(DEFAULT.namespace)
            secure = [each for each in spec["servers"] if "credentialName" in each.get("tls", {})]
            return [
                (place, each["tls"]["credentialName"], [host.partition("/")[2] for host in each["hosts"]])
                for each in secure
            ]
        case "IngressRoute", _ if "tls" in spec:
            hosts = [host for route in spec["routes"] for host in HOST.findall(route["match"])]
            return [(own, spec["tls"]["secretName"], hosts)]
        case "Host", _:
            return [(own, spec["tlsSecret"]["name"], [spec["hostname"]])]
        case "VirtualServer", _:
            return [(own, spec["tls"]["secret"], [spec["host"]])]
        case _:
            return []

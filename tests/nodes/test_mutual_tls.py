"""Two processes speak mutual TLS with exactly the files and variables that are rendered: nginx serves, curl calls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from kmop_constructs import (
    Image,
    KmopChart,
    Microservice,
    NativeNamespace,
    Platform,
    Port,
    Replicas,
    ServiceCertificate,
    ServiceSpec,
    Text,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.testing import synthesize
from tests.cluster.waiting import eventually
from tests.nodes.authority import Authority
from tests.nodes.running import POD_RANGES, SERVICE_RANGES, Cluster, Running, new_app

import pytest
from cdk8s import App

PLATFORM = Platform(
    pod_ranges=POD_RANGES, service_ranges=SERVICE_RANGES, certificates=CertManager(issuer="internal-ca")
)
OWN = ServiceCertificate(reloads=True)
NGINX = """\
pid /tmp/nginx.pid; error_log stderr; daemon off; worker_processes 1;
events { worker_connections 64; }
http { access_log off; client_body_temp_path /tmp/c; proxy_temp_path /tmp/p; fastcgi_temp_path /tmp/f;
 uwsgi_temp_path /tmp/u; scgi_temp_path /tmp/s;
 server { listen 8443 ssl;
  ssl_certificate /etc/tls/tls.crt; ssl_certificate_key /etc/tls/tls.key;
  ssl_client_certificate /etc/tls/ca.crt; ssl_verify_client on;
  location / { return 200 "client: $ssl_client_verify\\n"; } } }
"""
CALL = 'curl -sS -m 10 --cacert "$PAYMENTS_CA_FILE"'
WITH_CERTIFICATE = f'{CALL} --cert "$PAYMENTS_CERT_FILE" --key "$PAYMENTS_KEY_FILE"'
PERIOD = 90
"""Seconds: the kubelet looks once a minute, and takes up to half of that more."""


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The running app, and who signs for it."""

    running: Running
    authority: Authority

    def call(self, caller: str, command: str) -> str:
        """What a caller's command writes, also where it fails."""
        return self.running.execute(caller, "sh", "-c", f"{command} 2>&1 || true").strip()


def build(app: App) -> KmopChart:
    """A server that requires certificates, a caller, and a stranger, for whom another authority signs."""
    chart = KmopChart(app, "mutual", namespace="mutual", platform=PLATFORM)
    NativeNamespace(chart, "namespace")
    payments = Microservice(
        chart,
        "payments",
        ServiceSpec(
            image=Image("ghcr.io/acme/nginx-unprivileged:1.27.2"),
            port=Port(8443, tls=True, client_certificates=True),
            command=("/usr/sbin/nginx", "-c", "/etc/payments/nginx.conf"),
            files={"/etc/payments/nginx.conf": Text(NGINX)},
            certificate=OWN,
            scaling=Replicas(1),
        ),
    )
    for name in ("orders", "stranger"):
        image, idle = Image("ghcr.io/acme/curl:8.16.0"), ("/standin", "sleep")
        spec = WorkerSpec(image=image, command=idle, certificate=OWN, scaling=Replicas(1))
        Worker(chart, name, spec, uses=[payments.http()])
    return chart


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("mutual")
    drawn = synthesize(build(new_app(folder)).node.root).objects
    trusted, other = Authority(folder / "trusted", "internal-ca"), Authority(folder / "other", "another-ca")
    strange = [item for item in drawn if item["metadata"]["name"] == "stranger-tls"]
    secrets = [*trusted.secrets(item for item in drawn if item not in strange), *other.secrets(strange)]
    with cluster.running(build(new_app(folder / "again")), beside=secrets) as running:
        yield Shop(running=running, authority=trusted)


def test_two_processes_speak_mutual_tls(shop: Shop) -> None:
    assert shop.call("orders", f'{WITH_CERTIFICATE} "$PAYMENTS_URL"') == "client: SUCCESS"


def test_a_caller_without_its_certificate_is_refused(shop: Shop) -> None:
    assert "No required SSL certificate was sent" in shop.call("orders", f'{CALL} "$PAYMENTS_URL"')


def test_a_server_of_another_authority_is_refused(shop: Shop) -> None:
    answer = shop.call("stranger", f'{WITH_CERTIFICATE} "$PAYMENTS_URL"')
    assert "SSL certificate problem" in answer
    assert "client:" not in answer


def test_a_client_of_another_authority_is_refused(shop: Shop) -> None:
    trusting = WITH_CERTIFICATE.replace(CALL, f"{CALL} --insecure")
    answer = shop.call("stranger", f'{trusting} "$PAYMENTS_URL"')
    assert "The SSL certificate error" in answer
    assert "client:" not in answer


def test_a_name_that_no_service_has_is_refused(shop: Shop) -> None:
    address = shop.running.pod("payments")["status"]["podIP"]
    named = f"{WITH_CERTIFICATE} --resolve other.mutual.svc:8443:{address} https://other.mutual.svc:8443"
    assert "no alternative certificate subject name matches" in shop.call("orders", named)


@pytest.mark.parametrize("name", ["payments.mutual", "payments.mutual.svc", "payments.mutual.svc.cluster.local"])
def test_every_name_of_the_service_is_verified(shop: Shop, name: str) -> None:
    assert shop.call("orders", f"{WITH_CERTIFICATE} https://{name}:8443") == "client: SUCCESS"


def test_a_renewed_certificate_is_served_by_the_same_pod(shop: Shop) -> None:
    running = shop.running
    pod = running.pod("payments")
    before = running.execute("payments", "cat", "/etc/tls/tls.crt")
    drawn = [item for item in running.result.objects if item["metadata"]["name"] == "payments-tls"]
    begin = time.monotonic()
    running.cluster.nodes.apply(shop.authority.secrets(drawn))

    def unchanged() -> list[str]:
        return ["the old file"] if running.execute("payments", "cat", "/etc/tls/tls.crt") == before else []

    eventually(unchanged, within=PERIOD)
    print(f"the renewed file came after {time.monotonic() - begin:.0f} s")
    running.execute("payments", "/usr/sbin/nginx", "-c", "/etc/payments/nginx.conf", "-s", "reload")

    served = shop.call("orders", f'{WITH_CERTIFICATE} -w "%{{certs}}" "$PAYMENTS_URL"')
    assert served.startswith("client: SUCCESS")
    assert running.execute("payments", "cat", "/etc/tls/tls.crt").strip() in served
    assert running.pod("payments")["metadata"]["uid"] == pod["metadata"]["uid"]

"""Processes of this machine speak TLS with exactly the rendered names, paths and addresses."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from kmop_constructs import (
    Image,
    KmopChart,
    Microservice,
    Platform,
    Port,
    ServiceCertificate,
    ServiceSpec,
    Worker,
    WorkerSpec,
)
from kmop_constructs.providers.cert_manager import CertManager
from kmop_constructs.testing import Synthesized, synthesize

import pytest
from cdk8s import App

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

IMAGE = Image("acme/web:1")
OWN = ServiceCertificate(reloads=True)


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@dataclass(frozen=True, kw_only=True)
class Authority:
    """An authority that signs what a Certificate asks for."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        key, crt = self.folder / "tls.key", self.folder / "tls.crt"
        curve = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", "-newkey", *curve, "-keyout", key, "-out", crt, "-subj", "/CN=ca", "-days", "1")

    def issue(self, certificate: dict[str, Any], folder: Path) -> Path:
        """Write the files of the Secret of a Certificate, as cert-manager does."""
        folder.mkdir()
        spec = certificate["spec"]
        size = spec["privateKey"]["size"]
        names = [f"DNS:{name}" for name in spec.get("dnsNames", [])] + [f"URI:{uri}" for uri in spec.get("uris", [])]
        usages = {"client auth": "clientAuth", "server auth": "serverAuth"}
        extended = ",".join(usages[each] for each in spec["usages"] if each in usages)
        extensions = folder / "extensions"
        extensions.write_text(f"subjectAltName=critical,{','.join(names)}\nextendedKeyUsage={extended}\n")
        key, request, crt = folder / "tls.key", folder / "request", folder / "tls.crt"
        curve = ("ec", "-pkeyopt", f"ec_paramgen_curve:P-{size}", "-nodes")
        openssl("req", "-newkey", *curve, "-keyout", key, "-out", request, "-subj", "/")
        authority = ("-CA", self.folder / "tls.crt", "-CAkey", self.folder / "tls.key", "-CAcreateserial")
        openssl("x509", "-req", "-in", request, *authority, "-out", crt, "-days", "1", "-extfile", extensions)
        shutil.copy(self.folder / "tls.crt", folder / "ca.crt")
        return folder


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The rendered app: the certificates, and the variables of the caller."""

    certificates: dict[str, dict[str, Any]]
    variables: dict[str, str]

    @property
    def host(self) -> str:
        return urlsplit(self.variables["PAYMENTS_URL"]).hostname or ""


def rendered(namespace: str) -> Shop:
    app = App()
    platform = Platform(certificates=CertManager(issuer="internal-ca"))
    shop = KmopChart(app, "shop", namespace="shop", platform=platform)
    near = shop if namespace == "shop" else KmopChart(app, namespace, namespace=namespace, platform=platform)
    port = Port(8443, tls=True, client_certificates=True)
    payments = Microservice(shop, "payments", ServiceSpec(image=IMAGE, port=port, certificate=OWN))
    Worker(near, "orders", WorkerSpec(image=IMAGE, certificate=OWN), uses=[payments.http()])
    result: Synthesized = synthesize(app)
    drawn: Any = [each for each in result.objects if each["kind"] == "Certificate"]
    deployment: Any = result.one("Deployment", "orders")
    env = deployment["spec"]["template"]["spec"]["containers"][0]["env"]
    return Shop(
        certificates={each["spec"]["secretName"]: each for each in drawn},
        variables={each["name"]: each["value"] for each in env},
    )


@contextmanager
def serving(files: Path) -> Generator[int]:
    """A server that requires client certificates of its own authority; it answers each client once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files / "tls.crt", files / "tls.key")
    context.load_verify_locations(files / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                try:
                    with context.wrap_socket(connection, server_side=True) as secure:
                        secure.sendall(b"paid")
                except OSError:
                    pass

        thread = Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def call(port: int, host: str, authority: Path, own: Path | None) -> bytes:
    """Call the server as a client that verifies it by name, with the files of its variables."""
    context = ssl.create_default_context(cafile=str(authority))
    if own is not None:
        context.load_cert_chain(own / "tls.crt", own / "tls.key")
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    with plain, context.wrap_socket(plain, server_hostname=host) as secure:
        return secure.recv(16)


def in_mount(mounts: dict[str, Path], path: str) -> Path:
    """Return the file of this machine that stands for a path of the container."""
    folder, _, name = path.rpartition("/")
    return mounts[folder] / name


@pytest.mark.parametrize("namespace", ["shop", "desk"])
def test_two_processes_speak_mutual_tls(namespace: str, tmp_path: Path) -> None:
    shop, ca = rendered(namespace), Authority(folder=tmp_path / "ca")
    server = ca.issue(shop.certificates["payments-tls"], tmp_path / "payments")
    client = ca.issue(shop.certificates["orders-tls"], tmp_path / "orders")
    mounts = {"/etc/tls": client}
    authority = in_mount(mounts, shop.variables["PAYMENTS_CA_FILE"])
    own = in_mount(mounts, shop.variables["PAYMENTS_CERT_FILE"]).parent
    assert in_mount(mounts, shop.variables["PAYMENTS_KEY_FILE"]).exists()
    with serving(server) as port:
        assert call(port, shop.host, authority, own) == b"paid"


def test_a_wrong_authority_is_refused_by_the_caller(tmp_path: Path) -> None:
    shop, ca, other = rendered("shop"), Authority(folder=tmp_path / "ca"), Authority(folder=tmp_path / "other")
    server = other.issue(shop.certificates["payments-tls"], tmp_path / "payments")
    client = ca.issue(shop.certificates["orders-tls"], tmp_path / "orders")
    with (
        serving(server) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="self.signed certificate|unable to get"),
    ):
        call(port, shop.host, client / "ca.crt", client)


@pytest.mark.parametrize("own", ["none", "other"])
def test_a_caller_without_the_right_certificate_is_refused(own: str, tmp_path: Path) -> None:
    shop, ca, other = rendered("shop"), Authority(folder=tmp_path / "ca"), Authority(folder=tmp_path / "other")
    server = ca.issue(shop.certificates["payments-tls"], tmp_path / "payments")
    client = other.issue(shop.certificates["orders-tls"], tmp_path / "orders")
    with serving(server) as port, pytest.raises((ssl.SSLError, ConnectionError)):
        # With TLS 1.3 the client learns of the refusal when it reads.
        assert call(port, shop.host, server / "ca.crt", client if own == "other" else None) == b"paid"


def test_a_name_that_no_service_has_is_refused(tmp_path: Path) -> None:
    shop, ca = rendered("shop"), Authority(folder=tmp_path / "ca")
    server = ca.issue(shop.certificates["payments-tls"], tmp_path / "payments")
    with serving(server) as port, pytest.raises(ssl.SSLCertVerificationError, match="[Hh]ostname"):
        call(port, "payments.desk.svc", server / "ca.crt", server)

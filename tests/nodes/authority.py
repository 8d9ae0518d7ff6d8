"""A certificate authority that makes the Secrets of Certificates, as cert-manager does: openssl is the signer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.certificates import make_certificate
from tests.cluster.api import Object

USAGES = {"server auth": "serverAuth", "client auth": "clientAuth"}


class Authority:
    """A root with a key of its own, in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir()
        self._folder = folder
        make_certificate(f"/CN={name}", folder / "ca.crt", folder / "ca.key")

    def secrets(self, objects: Iterable[Object]) -> list[Object]:
        """The Secret of each Certificate that is drawn, with its names and usages."""
        return [self._secret(item) for item in objects if item["kind"] == "Certificate"]

    def _secret(self, item: Object) -> Object:
        spec, metadata = item["spec"], item["metadata"]
        names = [
            *(f"DNS:{each}" for each in spec.get("dnsNames", [])),
            *(f"URI:{each}" for each in spec.get("uris", [])),
        ]
        usages = [USAGES[each] for each in spec["usages"] if each in USAGES]
        key, certificate = self._folder / "tls.key", self._folder / "tls.crt"
        make_certificate(
            "/",
            certificate,
            key,
            *("-days", "90"),
            *("-CA", self._folder / "ca.crt", "-CAkey", self._folder / "ca.key"),
            *("-addext", f"subjectAltName=critical,{','.join(names)}"),
            *("-addext", f"extendedKeyUsage={','.join(usages)}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
        )
        files = (certificate, key, self._folder / "ca.crt")
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "kubernetes.io/tls",
            "metadata": {"name": spec["secretName"], "namespace": metadata["namespace"]},
            "stringData": {each.name: each.read_text(encoding="utf-8") for each in files},
        }

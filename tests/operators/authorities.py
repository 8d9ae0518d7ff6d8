"""An authority of the tests, which signs certificates of servers and clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.certificates import make_certificate


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    certificate: Path
    key: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Authority:
        """Make one in a folder."""
        found = cls(folder=folder)
        make_certificate("/CN=Root of the tests", found.own.certificate, found.own.key, "-days", "1")
        return found

    @property
    def own(self) -> Pair:
        return Pair(certificate=self.folder / "ca.crt", key=self.folder / "ca.key")

    def sign(self, name: str, *, hosts: Sequence[str] = (), addresses: Sequence[str] = ()) -> Pair:
        """Return a certificate for a common name, as a server of these hosts and addresses and as a client."""
        made = Pair(certificate=self.folder / f"{name}.crt", key=self.folder / f"{name}.key")
        others = [*(f"DNS:{each}" for each in hosts), *(f"IP:{each}" for each in addresses)]
        extensions = ["-addext", "extendedKeyUsage=serverAuth,clientAuth"]
        extensions += ["-addext", f"subjectAltName={','.join(others)}"] if others else []
        by = ("-CA", self.own.certificate, "-CAkey", self.own.key)
        make_certificate(f"/CN={name}", made.certificate, made.key, "-days", "1", *extensions, *by)
        return made

"""Certificates of clients and of pods."""

from __future__ import annotations

from pathlib import Path

from tests.certificates import make_certificate
from tests.operators.gateways.tokens import ISSUER, make_issuer


def make_certificates(folder: Path) -> None:
    """Write `client` and its `authority`, `forged` of another authority, and `tls` of the pods, each with a key.

    The pods also have the keys of the issuer of tokens.
    """
    make_certificate("/CN=partners", folder / "authority.crt", folder / "authority.key")
    signed = ("-CA", folder / "authority.crt", "-CAkey", folder / "authority.key")
    leaf = ("-addext", "basicConstraints=critical,CA:FALSE")
    make_certificate("/CN=client", folder / "client.crt", folder / "client.key", *signed, *leaf)
    make_certificate("/CN=forged", folder / "forged.crt", folder / "forged.key", *leaf)
    names = ("-addext", f"subjectAltName=DNS:web.shop.svc,DNS:{ISSUER}")
    make_certificate("/CN=web.shop.svc", folder / "tls.crt", folder / "tls.key", *names)
    make_issuer(folder)

"""JSON Web Tokens of an issuer, and the page with its keys (https://www.rfc-editor.org/rfc/rfc7517)."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from pathlib import Path

__all__ = ["ISSUER", "KEYS", "make_issuer", "token"]

ISSUER = "id.acme.io"
"""The host of the issuer."""

KEYS = "keys.json"
"""The file with its keys, in the folder of the pods."""

OWN, FORGED = "issuer", "forger"
MODULUS = 256
"""Bytes of a key."""


def make_issuer(folder: Path) -> None:
    """Write the keys of the issuer, and the private key of somebody else with the same name."""
    for name in (OWN, FORGED):
        _openssl("genrsa", "-out", str(folder / f"{name}.key"), str(8 * MODULUS))
    modulus = _openssl("rsa", "-in", str(folder / f"{OWN}.key"), "-noout", "-modulus").decode().strip()
    number = bytes.fromhex(modulus.partition("=")[2])
    key = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": _text(number), "e": "AQAB"}
    (folder / KEYS).write_text(json.dumps({"keys": [key]}), encoding="utf-8")


def token(folder: Path, *, forged: bool = False, **claims: object) -> str:
    """Return a token that lasts a minute, unless its claims say otherwise."""
    every = {"iss": f"https://{ISSUER}", "sub": "ann", "exp": int(time.time()) + 60, **claims}
    head = {"alg": "RS256", "typ": "JWT", "kid": "1"}
    text = ".".join(_text(json.dumps(each).encode()) for each in (head, every))
    key = folder / f"{FORGED if forged else OWN}.key"
    return f"{text}.{_text(_openssl('dgst', '-sha256', '-sign', str(key), given=text.encode()))}"


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _openssl(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout

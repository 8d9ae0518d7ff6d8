"""Certificates of tests, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")


def make_certificate(subject: str, certificate: Path, key: Path, *options: str | Path) -> None:
    """Write a certificate with a new private key, such as ``/CN=server``. It signs itself, unless the options name an authority."""
    command = ["openssl", "req", "-x509", *_NEW_KEY, "-subj", subject, "-keyout", key, "-out", certificate, *options]
    subprocess.run(command, check=True, capture_output=True)

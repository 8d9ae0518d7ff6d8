"""Values of certificates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from kmop_constructs import ConfigKey, Port, ServerTls, ServiceCertificate, SpecError

import pytest


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"duration": timedelta(minutes=30)}, "duration: shorter than 1 hour"),
        ({"renew_before": timedelta(minutes=1)}, "renew_before: shorter than 5 minutes"),
        ({"renew_before": timedelta(days=90)}, "renew_before: not shorter than the duration"),
        ({"path": "/"}, "path: the root of the file system"),
        ({"path": "tls"}, "path: not an absolute path"),
        ({"key": "RSA-1024"}, "key: "),
        ({"extra_names": ("https://a.io",)}, "extra_names: not a host name"),
        ({"secret": "Payments"}, "ServiceCertificate.secret"),
        ({"mode": 0o1000}, "ServiceCertificate.mode"),
    ],
)
def test_a_wrong_certificate_is_an_error(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        ServiceCertificate(**fields)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"protocol": "UDP", "tls": True}, "Port.tls: TLS needs TCP"),
        ({"client_certificates": True}, "Port.client_certificates: set on a port without TLS"),
    ],
)
def test_a_port_that_cannot_speak_tls_is_an_error(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        Port(8443, **fields)


def test_the_authority_of_a_server_is_a_key_or_the_image() -> None:
    assert ServerTls(authority="image").authority == "image"
    assert ServerTls(authority=ConfigKey("ca", "ca.crt")).client_certificates is False
    with pytest.raises(SpecError, match=r"ServerTls.authority: not an allowed value"):
        ServerTls(authority="system")  # pyright: ignore[reportArgumentType]

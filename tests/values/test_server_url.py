"""URLs of servers have no login and no query, which would be readable in the output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kmop_constructs import SpecError
from kmop_constructs.providers.keda import PrometheusServer
from kmop_constructs.providers.vault import VaultServer
from kmop_constructs.stores import S3, AzureBlob

import pytest

Make = Callable[[str], Any]
MAKES: dict[str, Make] = {
    "S3.endpoint": lambda url: S3("acme", endpoint=url),
    "AzureBlob.url": lambda url: AzureBlob(f"{url}/copies"),
    "PrometheusServer.url": PrometheusServer,
    "VaultServer.address": VaultServer,
}


@pytest.mark.parametrize(("field", "make"), MAKES.items())
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("https://key:hunter2@minio.acme.io", "has a login in it"),
        ("https://hunter2@minio.acme.io", "has a login in it"),
        ("https://minio.acme.io?sig=hunter2", "has a query or a fragment"),
        ("https://minio.acme.io#hunter2", "has a query or a fragment"),
        ("https://[fd00::1:9000", "not "),
        ("https://minio.acme.io:abc", "has no such port"),
        ("https://minio .acme.io", "not "),
        ("ftp://minio.acme.io", "not "),
    ],
)
def test_a_url_with_more_than_a_server_is_refused(field: str, make: Make, url: str, message: str) -> None:
    with pytest.raises(SpecError, match=f"^{field}: {message}") as raised:
        make(url)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(("field", "make"), MAKES.items())
def test_a_server_with_a_port_is_accepted(field: str, make: Make) -> None:
    assert make("https://minio.acme.io:9000"), field


@pytest.mark.parametrize("url", ["https://minio.acme.io/", "https://minio.acme.io/copies"])
def test_an_endpoint_has_no_path(url: str) -> None:
    with pytest.raises(SpecError, match="S3.endpoint: has a path"):
        S3("acme", endpoint=url)


@pytest.mark.parametrize("url", ["https://acme.blob.core.windows.net", "https://acme.blob.core.windows.net/copies/"])
def test_a_container_is_a_path(url: str) -> None:
    with pytest.raises(SpecError, match="AzureBlob.url: not the URL of a container"):
        AzureBlob(url)

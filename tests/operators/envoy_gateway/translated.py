"""What Envoy Gateway makes of everything that is drawn for it, in one translation of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.certificates import make_certificate
from tests.cluster.api import Object
from tests.operators.envoy_gateway.translation import mappings, prerequisites, translate, with_addresses

import pytest


@dataclass(frozen=True, kw_only=True, slots=True)
class Translated:
    """The result, and how to find one's way in it."""

    result: dict[str, Any]
    services: Mapping[tuple[str, int], str]
    """``<service>:<port>`` by address and port."""

    def objects(self) -> Iterator[Object]:
        """Every object that has a status."""
        groups = [group for name, group in self.result.items() if name != "xds"]
        yield from (each for each in mappings(groups) if "status" in each and "metadata" in each)

    def virtual_hosts(self, namespace: str) -> dict[tuple[int, str], dict[str, Any]]:
        """The tables of routes of the Gateway in a namespace, by port and host."""
        found: dict[tuple[int, str], dict[str, Any]] = {}
        for table in mappings(self.result["xds"][f"{namespace}/gateway"]):
            for each in table.get("virtualHosts", []):
                port = 443 if "/https" in table["name"] else 80
                found |= {(port, domain): each for domain in each["domains"]}
        return found

    def backends(self, namespace: str) -> Callable[[str], dict[str, int]]:
        """The Services behind a cluster, with the percent of each."""
        known = {
            each["clusterName"]: each["endpoints"]
            for each in mappings(self.result["xds"][f"{namespace}/gateway"])
            if "clusterName" in each and "endpoints" in each
        }

        def find(cluster: str) -> dict[str, int]:
            weights = {self._service(each): each.get("loadBalancingWeight", 1) for each in known[cluster]}
            return {name: weight * 100 // sum(weights.values()) for name, weight in weights.items()}

        return find

    def _service(self, locality: Mapping[str, Any]) -> str:
        (endpoint,) = locality["lbEndpoints"]
        address = endpoint["endpoint"]["address"]["socketAddress"]
        return self.services[address["address"], address["portValue"]]


@pytest.fixture(scope="session")
def translated(
    program: Callable[[str, str], Path], drawn: Mapping[str, list[Object]], tmp_path_factory: pytest.TempPathFactory
) -> Translated:
    folder = tmp_path_factory.mktemp("egctl")
    objects, services = with_addresses(drawn["envoy_gateway"])
    complete = [*prerequisites(objects, _certificate(folder)), *objects]
    return Translated(result=translate(program("envoy_gateway", "egctl"), complete, folder), services=services)


def _certificate(folder: Path) -> tuple[str, str]:
    """A certificate of its own authority, and its key."""
    names = ("-addext", "subjectAltName=DNS:*.acme.io")
    make_certificate("/CN=acme.io", folder / "crt", folder / "key", *names)
    certificate, private = ((folder / file).read_text(encoding="utf-8") for file in ("crt", "key"))
    return certificate, private

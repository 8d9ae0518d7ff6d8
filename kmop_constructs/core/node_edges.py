"""Edges to the pod of a `NodeAgent` on the caller's own node, by the address of that node."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field

from kmop_constructs._dataclass import dataclass
from kmop_constructs.core.connection import Connection, Speaks, ToNode
from kmop_constructs.core.edges import Call, Verbs
from kmop_constructs.errors import bad
from kmop_constructs.values.address import Address, CallForm
from kmop_constructs.values.env import PodField
from kmop_constructs.values.names import frozen

__all__ = ["NodeRef"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NodeRef(Verbs):
    """The pod of an agent on the caller's own node: `NodeAgent.on_node`.

    The caller gets the variable ``<NAME>_HOST_IP`` with the address of its node (``status.hostIP``), to which the other
    variables refer. An IPv6 address in a URL needs brackets: in a cluster whose nodes have only IPv6 addresses use the
    Service of the agent.
    """

    agent: str = field(kw_only=False)
    """Name of the agent."""

    port: int
    """Main port on the node."""

    ports: Mapping[int, int]
    """Ports on the node, by the numbers that callers of the agent's Service use."""

    namespace: str | None = None
    """Namespace of the agent. Default: ``None``, that of the caller."""

    chart: str | None = None
    """Construct path of the agent's chart, where it has no namespace. Default: ``None``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ports", frozen(self.ports))

    def _callee(self) -> str:
        return self.agent

    def _call(self, verb: Speaks, port: int | None, forms: tuple[CallForm, ...], scheme: str, path: str) -> Call:
        number = self.port if port is None else self.ports.get(port, port)
        if number not in self.ports.values():
            known = ", ".join(map(str, sorted(self.ports.values())))
            raise bad(f"{self.agent}.on_node().{verb}(port=…)", "not a port on the node", port, f"use one of: {known}")
        variable = re.sub("[^A-Z0-9]+", "_", self.agent.upper()) + "_HOST_IP"
        return Call(
            source=f"{self.agent}.on_node().{verb}()",
            address=Address(host=f"$({variable})", port=number, scheme=scheme, path=path),
            forms=forms,
            variables={variable: PodField("status.hostIP")},
            connection=Connection(
                to=ToNode(self.agent, namespace=self.namespace),
                port=number,
                speaks=verb,
                tls=scheme == "https",
                path=path,
            ),
            chart=self.chart,
        )

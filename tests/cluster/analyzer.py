"""An independent reading of NetworkPolicies: network-config-analyzer, in a virtual environment of its own.

It pins a version of PyYAML that the project does not want. It reads two things in another way than Kubernetes, and is
therefore shown an equal spelling of them (`spelt_out`):

1. ``egress: []`` without ``policyTypes`` isolates egress for it. The API server asks whether there are egress rules
   (`SetDefaults_NetworkPolicy` in `pkg/apis/networking/v1/defaults.go`), so that such a policy is about ingress alone.
2. ``Exists`` and ``DoesNotExist`` in a ``podSelector`` beside a ``namespaceSelector`` are looked up among the pods of
   the policy's own namespace only, although the selector is about pods of other namespaces.

It also refuses a policy with rules of a direction that its ``policyTypes`` leave out, which the API server takes.
"""

from __future__ import annotations

import copy
import ipaddress
import re
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from kmop_constructs.core.reachability import PortProtocol
from tests.cluster.api import Object, many
from tests.cluster.systems import ROOT, templates

import yaml

PROGRAM = ROOT / ".venv-analyzer" / "bin" / "nca"
PROTOCOLS: tuple[PortProtocol, ...] = ("TCP", "UDP", "SCTP")
LINE = re.compile(r"^(\S+) => (\S+) : (.*)$")
CUBE = re.compile(
    r"^\{(?:protocols:(?P<protocols>all but [A-Z0-9, ]+?|[A-Z0-9, ]+?))?,?(?:dst_ports:(?P<ports>[0-9,-]+))?\}$"
)
ADDRESSES = re.compile(r"[\d.]+(?:/\d+|-[\d.]+)?")

Connections = list[tuple[set[PortProtocol], list[tuple[int, int]]]]


class Analyzed:
    """Who reaches whom, as the analyzer says."""

    def __init__(self, objects: Iterable[Object], folder: Path) -> None:
        kinds = ("Namespace", "NetworkPolicy")
        listed = list(objects)
        shown = [copy.deepcopy(item) for item in listed if item["kind"] in kinds]
        workloads = [_essential(owner, template) for owner, template in templates(listed)]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "all.yaml").write_text(yaml.safe_dump_all([*workloads, *shown]), encoding="utf-8")
        self._flows: dict[tuple[str, str], Connections] = {}
        self._run(folder, 2 * len(workloads))
        self._ranges = sorted({end for pair in self._flows for end in pair if ADDRESSES.fullmatch(end)})

    def allowed(self, source: str, destination: str, number: int, protocol: str) -> bool:
        """Both ends are ``namespace/workload`` or an address."""
        return any(
            protocol in protocols and any(low <= number <= high for low, high in ranges)
            for caller in self._ends(source, "1")
            for callee in self._ends(destination, "2")
            for protocols, ranges in self._flows.get((caller, callee), ())
        )

    def _ends(self, end: str, pod: str) -> list[str]:
        """The analyzer's names for a pod of a workload, or for what holds an address."""
        if not ADDRESSES.fullmatch(end):
            return [f"{end}-{pod}"]
        return [each for each in self._ranges if _within(end, each)]

    def _run(self, folder: Path, pods: int) -> None:
        where = str(folder)
        command = [PROGRAM, "--connectivity", where, "-n", where, "-p", where, "-o", "txt_no_fw_rules"]
        done = subprocess.run(
            [*command, "--output_endpoints", "pods"], capture_output=True, text=True, check=False, timeout=300
        )
        assert f"cluster has {pods} unique endpoints" in done.stdout, f"{where}: not read\n{done.stdout}\n{done.stderr}"
        for line in done.stdout.splitlines():
            match = LINE.match(line)
            if match:
                self._flows.setdefault((match[1], match[2]), []).append(_connections(match[3]))


def _essential(owner: Object, template: Object) -> Object:
    """A Deployment of the same pods, without what policies do not ask about: the analyzer skips a file with ``{{``.

    Two pods: a caller and a callee may be of one workload.
    """
    containers = [
        {"name": each["name"], "image": "x", "ports": each.get("ports", [])} for each in template["spec"]["containers"]
    ]
    labels = template["metadata"]["labels"]
    spec = {"containers": containers, "hostNetwork": template["spec"].get("hostNetwork", False)}
    metadata = {"name": owner["metadata"]["name"], "namespace": owner["metadata"]["namespace"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def _connections(text: str) -> tuple[set[PortProtocol], list[tuple[int, int]]]:
    if text == "All connections":
        return set(PROTOCOLS), [(1, 65535)]
    match = CUBE.match(text)
    assert match, f"the analyzer says what nobody here understands: {text}"
    said = match["protocols"] or ""
    named = {name.strip() for name in said.removeprefix("all but ").split(",") if name.strip()}
    chosen = (
        set(PROTOCOLS) - named if said.startswith("all but ") else (set(PROTOCOLS) & named if said else set(PROTOCOLS))
    )
    if not match["ports"]:
        return chosen, [(1, 65535)]
    parts = (part.partition("-") for part in match["ports"].split(","))
    return chosen, [(int(low), int(high or low)) for low, _, high in parts]


def _within(address: str, written: str) -> bool:
    value = ipaddress.ip_address(address)
    if "/" in written:
        return value in ipaddress.ip_network(written)
    low, _, high = written.partition("-")
    return int(ipaddress.ip_address(low)) <= int(value) <= int(ipaddress.ip_address(high or low))


def spelt_out(objects: Iterable[Object], known: Mapping[str, Iterable[str]]) -> list[Object]:
    """The objects with the same policies in words that the analyzer reads as Kubernetes does.

    `known`: every value that any pod has of each label.
    """
    found = copy.deepcopy(list(objects))
    for item in found:
        if item["kind"] == "NetworkPolicy":
            _spell_types(item["spec"])
            _spell_presence(item["spec"], known)
    return found


def _spell_types(spec: Object) -> None:
    if "policyTypes" not in spec:
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
        if not spec.get("egress"):
            spec.pop("egress", None)


def _spell_presence(spec: Object, known: Mapping[str, Iterable[str]]) -> None:
    for rule in [*many(spec.get("ingress")), *many(spec.get("egress"))]:
        for peer in [*many(rule.get("from")), *many(rule.get("to"))]:
            for expression in many(peer.get("podSelector", {}).get("matchExpressions")):
                if expression["operator"] in ("Exists", "DoesNotExist"):
                    expression["operator"] = "In" if expression["operator"] == "Exists" else "NotIn"
                    expression["values"] = sorted(known[expression["key"]])

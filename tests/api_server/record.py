"""Ask the API servers of the oldest and the newest version, and record their answers: ``python -m tests.api_server.record``.

The servers are those of the cluster tests (`make control-plane`). With ``good`` the manifests are chosen from the apps again.
"""

from __future__ import annotations

import json
import sys
import tempfile
from functools import partial
from http import HTTPStatus
from pathlib import Path

from tests.api_server.answers import FILE, HOW_LONG
from tests.api_server.good import FILE as GOOD
from tests.api_server.good import Object, chosen, good
from tests.api_server.mutations import mutations
from tests.cluster.api import Api, UnknownKindError
from tests.cluster.clusters import connected
from tests.cluster.prerequisites import definitions, not_established
from tests.cluster.systems import SYSTEMS, render, version_for
from tests.cluster.waiting import eventually
from tools.control_plane.binaries import MINORS, available
from tools.control_plane.servers import ControlPlane

PREPARED = (
    ("/api/v1/namespaces", "Namespace", "mutations"),
    ("/api/v1/namespaces/mutations/serviceaccounts", "ServiceAccount", "default"),
)
"""What pods need, where no controller makes it."""


def main() -> None:
    if "good" in sys.argv:
        with tempfile.TemporaryDirectory() as folder:
            found = [render(name, Path(folder) / name, version_for(name, MINORS[0])) for name in SYSTEMS]
        objects = [item for each in found for item in each.objects]
        GOOD.write_text(json.dumps(chosen(objects), indent=1) + "\n", encoding="utf-8")
    answers: dict[str, dict[str, list[str]]] = {}
    for minor in MINORS:
        plane = ControlPlane(available()[minor])
        plane.controllers = False
        with plane, connected(plane) as cluster:
            pinned = definitions(int(minor.partition(".")[2]))
            for each in pinned:
                cluster.api.send("POST", cluster.api.resource(each["apiVersion"], each["kind"]).path(), each)
            eventually(partial(not_established, cluster.api, pinned))
            for path, kind, name in PREPARED:
                prepared = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}
                cluster.api.send("POST", path, prepared)
            for item in good():
                verdict, message = asked(cluster.api, item)
                assert verdict == "accepted", f"{item['kind']} {item['metadata']['name']}: {message}"
            for each in mutations(good()):
                answers.setdefault(each.id, {})[minor] = asked(cluster.api, each.object)
    lines = [f"{json.dumps(name)}: {json.dumps(given)}" for name, given in answers.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{len(answers)} mutations")


def asked(api: Api, item: Object, namespace: str = "mutations") -> list[str]:
    """``accepted``, ``warned`` or ``refused``, and what the server says. Nothing is kept.

    A server that knows an object of the name says so only after it has found the new one valid.
    """
    sent = json.loads(json.dumps(item))
    try:
        resource = api.resource(sent["apiVersion"], sent["kind"])
    except UnknownKindError:
        return ["refused", "no such kind"]
    if resource.namespaced:
        sent["metadata"]["namespace"] = namespace
    answer = api.send("POST", f"{resource.path(namespace)}?dryRun=All&fieldValidation=Strict", sent)
    if not answer.ok and answer.status != HTTPStatus.CONFLICT:
        return ["refused", answer.message[:HOW_LONG]]
    return ["warned", "; ".join(answer.warnings)[:HOW_LONG]] if answer.warnings else ["accepted", ""]


if __name__ == "__main__":
    main()

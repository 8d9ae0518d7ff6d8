"""What apps ask outside of the cluster: the metadata server of a cloud, at its own address and under its own name.

Pods find it by `addons.yaml`, where DNS knows the name. It answers like that of Google Cloud
(https://cloud.google.com/compute/docs/metadata/predefined-metadata-keys).
"""

from __future__ import annotations

import sys

from tools.real_nodes.world import World

METADATA = ("169.254.169.254", 80)
"""Address and port of the metadata server."""

ANSWERS = {"computeMetadata/v1/project/project-id": "test-project"}
"""What it says, by path."""


def serve_metadata(world: World) -> None:
    """Start the metadata server. Pods reach it by the route of their node, if their policies let them."""
    folder = world.folder / "metadata"
    for path, text in ANSWERS.items():
        file = folder / path
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    address, port = METADATA
    world.run("ip", "address", "add", f"{address}/32", "dev", "bridge")
    command = [sys.executable, "-m", "http.server", "--bind", address, "--directory", str(folder), str(port)]
    world.start("metadata-server", *command)

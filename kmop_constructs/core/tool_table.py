"""The docs page of the tools: ``python -m kmop_constructs.core.tool_table > docs/tools.md``."""

from __future__ import annotations

import sys

from kmop_constructs.core.tools import known_rooms

__all__ = ["page"]

_INTRODUCTION = """\
# Tools and their releases

<!-- Written by `python -m kmop_constructs.core.tool_table`; a test fails when it is not current. -->

The release whose definitions are drawn, and the oldest version of Kubernetes that the makers of the tool support or test with it. The
sources are in the `tool.py` of each package in `kmop_constructs.providers`.

- **A version that is too old is refused**: `Platform(kubernetes="1.27", gateway=EnvoyGateway)` is an error that names the tool, its release
  and the version that it needs; an object beside the providers, such as an `IstioEntry`, is the finding `tool-version`. Without `kubernetes=` native objects are drawn for 1.30, and every tool is taken to run.
- **An older line of a tool** is `Platform(releases={"istio": "1.27"})`. A feature that this line does not have is refused with the release
  that has it; [gateways/capabilities.md](gateways/capabilities.md) lists them as "since". The version of Kubernetes is then not held
  against that tool, because only that of the release below is known. Unknown names, tools without a release below, and newer releases
  are errors.

| tool | name | release | Kubernetes from |
|---|---|---|---|
"""


def page() -> str:
    """Return the page ``docs/tools.md``."""
    tools = sorted(known_rooms().values(), key=lambda tool: tool.title.lower())
    rows = [
        f"| {tool.title} | `{tool.name}` | {tool.release} | {tool.kubernetes or 'none declared'} |"
        for tool in tools
        if tool.release is not None
    ]
    return _INTRODUCTION + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())

"""Imports cdk8s alone, or the package with every public name, in this process, and prints what that took."""

from __future__ import annotations

import json
import sys
import time


def of_cdk8s() -> dict[str, float]:
    start = time.perf_counter()
    import cdk8s  # noqa: F401  # pyright: ignore[reportUnusedImport]

    return {"seconds": time.perf_counter() - start}


def of_everything() -> dict[str, float | int | list[str]]:
    """The same, every public name touched; and the modules that nobody asked for."""
    start = time.perf_counter()
    import kmop_constructs

    for name in kmop_constructs.__all__:
        getattr(kmop_constructs, name)
    import cdk8s  # noqa: F401  # pyright: ignore[reportUnusedImport]

    seconds = time.perf_counter() - start
    bindings = sorted(name for name in sys.modules if name.split(".")[0] in ("cdk8s_plus_27", "imports"))
    return {"seconds": seconds, "names": len(kmop_constructs.__all__), "bindings": bindings}


if __name__ == "__main__":
    print(json.dumps(of_cdk8s() if sys.argv[1:] == ["cdk8s"] else of_everything()))

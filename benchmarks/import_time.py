"""Imports the package and touches every public name in this process, and prints what that cost on top of cdk8s."""

from __future__ import annotations

import json
import sys
import time


def measured() -> dict[str, float | int | list[str]]:
    """Seconds for the package itself, for cdk8s, and for every public name; and the modules that nobody asked for.

    The package comes first, as its own rule says, and cdk8s is timed apart, so that the difference is exact.
    """
    start = time.perf_counter()
    import kmop_constructs

    package = time.perf_counter()
    import cdk8s  # noqa: F401  # pyright: ignore[reportUnusedImport]

    engine = time.perf_counter()
    for name in kmop_constructs.__all__:
        getattr(kmop_constructs, name)
    names = time.perf_counter()
    bindings = sorted(name for name in sys.modules if name.split(".")[0] in ("cdk8s_plus_27", "imports"))
    return {
        "package_s": package - start,
        "cdk8s_s": engine - package,
        "names_s": names - engine,
        "names": len(kmop_constructs.__all__),
        "bindings": bindings,
    }


if __name__ == "__main__":
    print(json.dumps(measured()))

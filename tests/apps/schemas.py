"""The JSON schemas of Kubernetes, strictly: an unknown field is an error."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]

OLDEST, DEFAULT, NEWEST = "1.27", "1.30", "1.37"


def assert_valid(objects: Iterable[Mapping[str, Any]], version: str) -> None:
    for item in objects:
        kubernetes_validate.validate(cast(Any, item), version, strict=True)

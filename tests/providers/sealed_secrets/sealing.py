"""Values in the format of kubeseal, and its files. They are random bytes: no test decrypts them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

CANARY = "sk_live_hunter2"
"""A value that no message and no output may have."""


def seal(text: str) -> str:
    """Bytes of the right lengths that depend on a text: two of the length, 512 of RSA, and the rest of AES-GCM."""
    filler = b"".join(hashlib.sha256(f"{text}{number}".encode()).digest() for number in range(17))
    return base64.b64encode((512).to_bytes(2, "big") + filler[:512] + filler[512:] + b"x").decode()


def sealed_object(
    name: str = "stripe",
    namespace: str = "shop",
    *,
    keys: tuple[str, ...] = ("STRIPE_KEY",),
    scope: str = "strict",
    **template: Any,
) -> dict[str, Any]:
    """What kubeseal writes."""
    annotations = {} if scope == "strict" else {f"sealedsecrets.bitnami.com/{scope}": "true"}
    return {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations, "creationTimestamp": None},
        "spec": {
            "encryptedData": {key: seal(key) for key in keys},
            "template": {"metadata": {"name": name, "namespace": namespace, "annotations": annotations}, **template},
        },
    }


def write(folder: Path, *objects: dict[str, Any], file: str = "production/stripe.yaml") -> Path:
    """Write objects into a file, as JSON, which is YAML too."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n---\n".join(json.dumps(each) for each in objects), encoding="utf-8")
    return path

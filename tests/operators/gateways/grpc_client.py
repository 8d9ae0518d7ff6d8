"""Calls gRPC methods through a gateway, and prints what came back as JSON. Run by the Python of `.venv-operators`.

python grpc_client.py ADDRESS HOST
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

grpc: Any = import_module("grpc")

PATIENCE = 10
"""Seconds for each call."""


def call(address: str, host: str) -> dict[str, object]:
    options = [("grpc.default_authority", host)]
    found: dict[str, object] = {}
    with grpc.insecure_channel(address, options=options) as channel:
        for method in ("Get", "Watch", "Missing"):
            make = channel.unary_stream if method == "Watch" else channel.unary_unary
            try:
                answer = make(f"/acme.Orders/{method}")(b"42", timeout=PATIENCE)
                found[method] = [each.decode() for each in answer] if method == "Watch" else answer.decode()
            except grpc.RpcError as error:
                found[method] = error.code().name
    return found


if __name__ == "__main__":
    print(json.dumps(call(*sys.argv[1:])))

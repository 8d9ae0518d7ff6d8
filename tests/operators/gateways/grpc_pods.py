"""The gRPC port of the pods behind a gateway. Run by the Python of `.venv-operators`.

python grpc_pods.py

`Get` answers with what it got, and `Watch` with it three times. There is no other method.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

grpc: Any = import_module("grpc")

ADDRESS = "0.0.0.0:9090"
SERVICE = "acme.Orders"


def get(request: bytes, _context: object) -> bytes:
    return request


def watch(request: bytes, _context: object) -> Iterator[bytes]:
    yield from (request,) * 3


def serve() -> None:
    server = grpc.server(ThreadPoolExecutor(4))
    methods = {
        "Get": grpc.unary_unary_rpc_method_handler(get),
        "Watch": grpc.unary_stream_rpc_method_handler(watch),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    server.add_insecure_port(ADDRESS)
    server.start()
    server.wait_for_termination()


if __name__ == "__main__":
    serve()

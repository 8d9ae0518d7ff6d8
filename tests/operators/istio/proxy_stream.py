"""What istiod sends to the Envoy of a gateway, as JSON. Run by the Python of `.venv-operators`.

python proxy_stream.py ADDRESS NODE LABELS TOKEN
"""

from __future__ import annotations

import json
import queue
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

# Their messages have to be known before one that contains them is read.
KNOWN = (
    "envoy.extensions.filters.http.cors.v3.cors_pb2",
    "envoy.extensions.retry.host.previous_hosts.v3.previous_hosts_pb2",
)
LIMIT_SECONDS = 30

grpc: Any = import_module("grpc")


def messages(name: str) -> Any:
    """A module of Envoy's messages."""
    return import_module(f"envoy.{name}")


to_dict: Any = import_module("google.protobuf.json_format").MessageToDict
struct: Any = import_module("google.protobuf.struct_pb2").Struct
LISTENER: Any = messages("config.listener.v3.listener_pb2").Listener
CLUSTER: Any = messages("config.cluster.v3.cluster_pb2").Cluster
ROUTES: Any = messages("config.route.v3.route_pb2").RouteConfiguration
MANAGER: Any = messages(
    "extensions.filters.network.http_connection_manager.v3.http_connection_manager_pb2"
).HttpConnectionManager
TLS: Any = messages("extensions.transport_sockets.tls.v3.tls_pb2")
OLDEST: Any = messages("extensions.transport_sockets.tls.v3.common_pb2").TlsParameters.TlsProtocol


class Stream:
    """A proxy's connection, on which it gets one kind of resource after the other."""

    def __init__(self, address: str, node: str, labels: dict[str, str], token: str) -> None:
        metadata = struct()
        metadata.update(
            {
                "NAMESPACE": node.split("~")[2].partition(".")[2],
                "CLUSTER_ID": "Kubernetes",
                "GENERATOR": "",
                "LABELS": labels,
            }
        )
        self._node = messages("config.core.v3.base_pb2").Node(id=node, metadata=metadata)
        self._requests: queue.Queue[Any] = queue.Queue()
        stub = messages("service.discovery.v3.ads_pb2_grpc").AggregatedDiscoveryServiceStub(
            grpc.insecure_channel(address)
        )
        self._responses = stub.StreamAggregatedResources(
            iter(self._requests.get, None), timeout=LIMIT_SECONDS, metadata=[("authorization", f"Bearer {token}")]
        )

    def get(self, message: Any, names: Iterable[str] = ()) -> list[Any]:
        url = f"type.googleapis.com/{message.DESCRIPTOR.full_name}"
        discovery = messages("service.discovery.v3.discovery_pb2")
        self._requests.put(discovery.DiscoveryRequest(node=self._node, type_url=url, resource_names=list(names)))
        response = next(each for each in self._responses if each.type_url == url)
        return [message.FromString(each.value) for each in response.resources]

    def close(self) -> None:
        self._requests.put(None)


def chains(listener: Any) -> Iterable[dict[str, Any]]:
    """Which hosts a listener serves with which certificate, and by which table of routes."""
    for chain in listener.filter_chains:
        tls = TLS.DownstreamTlsContext()
        chain.transport_socket.typed_config.Unpack(tls)
        for each in chain.filters:
            manager = MANAGER()
            if each.typed_config.Unpack(manager):
                client = _client(tls)
                secrets = [secret.name for secret in tls.common_tls_context.tls_certificate_sds_secret_configs]
                yield {
                    "port": listener.address.socket_address.port_value,
                    "hosts": list(chain.filter_chain_match.server_names),
                    "secrets": secrets,
                    "client": client,
                    "oldest_tls": OLDEST.Name(tls.common_tls_context.tls_params.tls_minimum_protocol_version),
                    "routes": manager.rds.route_config_name,
                }


def _client(tls: Any) -> str:
    """Whether a client has to show a certificate."""
    if tls.require_client_certificate.value:
        return "required"
    return "optional" if tls.common_tls_context.HasField("combined_validation_context") else "no"


def upstream(cluster: Any) -> dict[str, Any]:
    """How a cluster balances, and whom it trusts."""
    tls = TLS.UpstreamTlsContext()
    sockets = [cluster.transport_socket, *(each.transport_socket for each in cluster.transport_socket_matches)]
    secured = any(each.typed_config.Unpack(tls) for each in sockets)
    validation = tls.common_tls_context.combined_validation_context
    names = validation.default_validation_context.match_subject_alt_names
    return {
        "balances": CLUSTER.LbPolicy.Name(cluster.lb_policy),
        "secured": secured,
        "sni": tls.sni,
        "trusts": validation.validation_context_sds_secret_config.name,
        "names": [each.exact for each in names],
    }


def main() -> None:
    for name in KNOWN:
        import_module(name)
    address, node, labels, token = sys.argv[1:]
    stream = Stream(address, node, json.loads(labels), token)
    chosen = stream.get(LISTENER)
    served = [each for listener in chosen for each in chains(listener)]
    names = sorted({each["routes"] for each in served})
    tables = {each.name: to_dict(each) for each in stream.get(ROUTES, names)} if names else {}
    clusters = {each.name: upstream(each) for each in stream.get(CLUSTER)}
    stream.close()
    print(json.dumps({"chains": served, "routes": tables, "clusters": clusters}))


if __name__ == "__main__":
    main()

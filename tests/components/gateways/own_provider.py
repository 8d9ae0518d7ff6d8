from kmop_constructs import Can, Exposure, Manifest, Peer, ServiceFacts, Supports, admit

from constructs import Construct

DOCS = "https://opensource.zalando.com/skipper/kubernetes/routegroup-crd/"
SUPPORTS: Supports = {
    "host": Can("spec.hosts", DOCS),
    "aliases": Can("spec.hosts", DOCS),
    "path_prefix": Can("spec.routes[].pathSubtree", DOCS),
    "path_exact": Can("spec.routes[].path", DOCS),
    "method": Can("spec.routes[].methods", DOCS),
}


class SkipperGateway(Manifest):
    """A RouteGroup of Zalando's Skipper."""

    controllers = (Peer(namespace="kube-system", pod_labels={"application": "skipper-ingress"}),)

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, exposure: Exposure) -> None:
        admit(f"{service.path}/{id}", "SkipperGateway", SUPPORTS, exposure, service)
        self.routed_ports = [service.port(route.port).number for route in exposure.routes]
        backends: dict[str, object] = {}
        routes: list[object] = []
        for route in exposure.routes:
            port = service.port(route.port).offered
            name = f"port-{port}"
            backends[name] = {"name": name, "type": "service", "serviceName": service.services[0], "servicePort": port}
            path = {"pathSubtree" if route.match == "Prefix" else "path": route.path}
            methods = {"methods": [route.method]} if route.method else {}
            routes.append({**path, **methods, "backends": [{"backendName": name}]})
        head = {
            "apiVersion": "zalando.org/v1",
            "kind": "RouteGroup",
            "metadata": {"name": exposure.name or service.name},
        }
        spec = {"hosts": list(exposure.hosts), "backends": list(backends.values()), "routes": routes}
        super().__init__(scope, id, {**head, "spec": spec})

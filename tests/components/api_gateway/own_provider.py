from typing import ClassVar

from kmop_constructs import Exposure, Manifest, Pods
from kmop_constructs.authors import Can, Kind, ServiceFacts, Supports, Tool, admit, route_facts

from constructs import Construct

DOCS = "https://opensource.zalando.com/skipper/kubernetes/routegroup-crd/"


class SkipperGateway(Manifest):
    """A RouteGroup of Zalando's Skipper."""

    SUPPORTS: ClassVar[Supports] = {
        "host": Can("spec.hosts", DOCS),
        "aliases": Can("spec.hosts", DOCS),
        "path_prefix": Can("spec.routes[].pathSubtree", DOCS),
        "path_exact": Can("spec.routes[].path", DOCS),
        "method": Can("spec.routes[].methods", DOCS),
    }
    controllers = (Pods.of({"application": "skipper-ingress"}, namespace="kube-system"),)

    def __init__(self, scope: Construct, id: str, /, *, service: ServiceFacts, intent: Exposure) -> None:
        admit(f"{service.path}/{id}", "SkipperGateway", self.SUPPORTS, intent, service)
        backends: dict[str, object] = {}
        routes: list[object] = []
        for route in intent.routes:
            port = service.port(route.port).offered
            name = f"port-{port}"
            backends[name] = {"name": name, "type": "service", "serviceName": service.services[0], "servicePort": port}
            path = {"pathSubtree" if route.match == "Prefix" else "path": route.path}
            methods = {"methods": [route.method]} if route.method else {}
            routes.append({**path, **methods, "backends": [{"backendName": name}]})
        metadata = {"name": intent.name or service.name}
        head = {"apiVersion": "zalando.org/v1", "kind": "RouteGroup", "metadata": metadata}
        spec = {"hosts": list(intent.hosts), "backends": list(backends.values()), "routes": routes}
        gives = route_facts(service, intent, self.controllers)
        super().__init__(scope, id, {**head, "spec": spec}, gives=gives)


SKIPPER = Tool(
    "skipper",
    title="Skipper",
    kinds=(Kind("zalando.org", "RouteGroup"),),
    provides={"gateway": (f"{__name__}:SkipperGateway",)},
)

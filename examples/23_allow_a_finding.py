"""A finding that is right where it is: it is allowed at one object, with the reason.

Look at what a run says without the line ``allow(…)``: nothing is written, because the Service selects pods that this app
does not have. When the finding is gone one day, a notice says that the line is no longer needed.
"""

from kmop_constructs import KmopChart, Manifest, allow
from kmop_constructs.typings import k8s

from cdk8s import App

SEARCH: k8s.Service = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "search"},
    "spec": {"selector": {"operator.acme.io/cluster": "search"}, "ports": [{"port": 9200}]},
}


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop")
    search = Manifest(chart, "search", SEARCH)
    allow(search, "selector-no-pods", reason="an operator makes the pods")


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

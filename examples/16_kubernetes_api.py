"""A worker that reads objects from the Kubernetes API.

Look at the Role and the RoleBinding. Because of these permissions the pods get an API token, and the NetworkPolicy opens
the way to the API server, by the address of its endpoint: ``kubectl get endpoints kubernetes``.
"""

from kmop_constructs import Account, Addresses, Image, KmopChart, Peers, Permission, Platform, Worker, WorkerSpec

from cdk8s import App

RELOADER = WorkerSpec(
    image=Image("ghcr.io/acme/reloader:0.3.0"),
    account=Account(permissions=(Permission(("get", "list", "watch"), ("configmaps",)),)),
)
CLUSTER = Platform(peers=Peers(api_server=Addresses.of("192.0.2.10", port=6443)))


def build(app: App) -> None:
    chart = KmopChart(app, "shop", namespace="shop", platform=CLUSTER)
    Worker(chart, "reloader", RELOADER)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

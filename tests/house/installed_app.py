"""What a team writes first. `make build` runs and type-checks it against the built wheel, outside the repository."""

from kmop_constructs import Image, KmopChart, Microservice, ServiceSpec

from cdk8s import App


class Web(Microservice):
    """A subclass, as a team's own service is."""


app = App()
Web(KmopChart(app, "web"), "web", ServiceSpec(image=Image("nginxinc/nginx-unprivileged:1.27.2"), port=8080))
app.synth()

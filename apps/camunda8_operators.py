"""Camunda Platform 8.9 in production: the app of apps/camunda8.py on a platform whose operators run its databases.

CloudNativePG and Elastic Cloud on Kubernetes are what Camunda recommends in place of the subcharts
(https://docs.camunda.io/docs/8.9/self-managed/deployment/helm/configure/operator-based-infrastructure/). What is deliberately otherwise
than the chart's is in tests/apps/camunda8_operators.accept.yaml, each with its reason.
"""

from apps import camunda8
from apps.camunda import cluster
from apps.platforms.production import with_operators
from kmop_constructs import Platform

from cdk8s import App

PLATFORM = with_operators(cluster.PLATFORM)


def build(app: App, *, platform: Platform | None = None) -> camunda8.Camunda8:
    return camunda8.build(app, platform=platform or PLATFORM)


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()

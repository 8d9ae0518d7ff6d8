"""The same objects written by hand against cdk8s-plus-27, as near as it gets.

Where cdk8s-plus-27 has a choice, the cheaper way is taken: its own selectors, and none of what it has no words for
(seccomp profile, dropping all capabilities, topology spread constraints, disruption budget as a construct).
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.shapes import CONFIG_FILE, ENV, HEALTH, PORT, Layout, Shape

import cdk8s_plus_27 as kp
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, Duration, JsonPatch, Size


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What the next service needs of this one."""

    name: str
    namespace: str
    deployment: kp.Deployment
    policy: kp.NetworkPolicy


def draw(app: App, layout: Layout) -> None:
    previous: Drawn | None = None
    for namespace, shapes in layout:
        chart = Chart(app, namespace, namespace=namespace, disable_resource_name_hashes=True)
        for shape in shapes:
            previous = _service(chart, namespace, shape, previous)


def _service(chart: Chart, namespace: str, shape: Shape, previous: Drawn | None) -> Drawn:
    name, labels = shape.name, {"app.kubernetes.io/name": shape.name, "app.kubernetes.io/version": "1.4.2"}
    metadata = ApiObjectMetadata(name=name, labels=labels)
    variables = dict(ENV)
    if previous is not None:
        host = previous.name if previous.namespace == namespace else f"{previous.name}.{previous.namespace}.svc"
        variables[f"{previous.name.upper().replace('-', '_')}_URL"] = f"http://{host}:{PORT}"
    account = kp.ServiceAccount(chart, f"{name}-account", metadata=metadata, automount_token=False)
    mounts = [kp.VolumeMount(path="/tmp", volume=kp.Volume.from_empty_dir(chart, f"{name}-tmp", "tmp"))]
    if shape.config is not None:
        config = kp.ConfigMap(
            chart,
            f"{name}-files",
            metadata=ApiObjectMetadata(name=f"{name}-files", labels=labels),
            data={"app.yaml": shape.config},
        )
        volume = kp.Volume.from_config_map(chart, f"{name}-config", config, name="files")
        mounts.append(kp.VolumeMount(path=CONFIG_FILE.rpartition("/")[0], volume=volume))
    deployment = kp.Deployment(
        chart,
        f"{name}-deployment",
        metadata=metadata,
        pod_metadata=ApiObjectMetadata(labels=labels),
        replicas=None if shape.autoscaled else 2,
        strategy=kp.DeploymentStrategy.rolling_update(
            max_surge=kp.PercentOrAbsolute.percent(25), max_unavailable=kp.PercentOrAbsolute.absolute(0)
        ),
        progress_deadline=Duration.seconds(600),
        service_account=account,
        automount_service_account_token=False,
        termination_grace_period=Duration.seconds(40),
        security_context=kp.PodSecurityContextProps(ensure_non_root=True, user=65532, group=65532),
        spread=True,
        containers=[_container(shape, variables, mounts)],
    )
    service = kp.Service(
        chart,
        f"{name}-service",
        metadata=metadata,
        selector=deployment,
        ports=[kp.ServicePort(name="http", port=PORT, target_port=PORT)],
    )
    policy = _policy(chart, metadata, deployment, previous)
    _budget(chart, metadata, labels)
    if shape.autoscaled:
        kp.HorizontalPodAutoscaler(
            chart,
            f"{name}-autoscaler",
            metadata=metadata,
            target=deployment,
            min_replicas=2,
            max_replicas=10,
            metrics=[
                kp.Metric.container_cpu(
                    container=deployment.containers[0], target=kp.MetricTarget.average_utilization(70)
                )
            ],
        )
    if shape.host is not None:
        policy.add_ingress_rule(
            kp.Namespaces.select(chart, f"{name}-controller", names=["ingress-nginx"]), [kp.NetworkPolicyPort.tcp(PORT)]
        )
        backend = kp.IngressBackend.from_service(service)
        kp.Ingress(
            chart,
            f"{name}-ingress",
            metadata=metadata,
            rules=[kp.IngressRule(host=shape.host, backend=backend, path="/", path_type=kp.HttpIngressPathType.PREFIX)],
        )
    return Drawn(name=name, namespace=namespace, deployment=deployment, policy=policy)


def _container(shape: Shape, variables: dict[str, str], mounts: list[kp.VolumeMount]) -> kp.ContainerProps:
    return kp.ContainerProps(
        name=shape.name,
        image=shape.image,
        image_pull_policy=kp.ImagePullPolicy.ALWAYS,
        ports=[kp.ContainerPort(name="http", number=PORT)],
        env_variables={key: kp.EnvValue.from_value(value) for key, value in variables.items()},
        resources=kp.ContainerResources(
            cpu=kp.CpuResources(request=kp.Cpu.millis(250)),
            memory=kp.MemoryResources(request=Size.mebibytes(256), limit=Size.mebibytes(256)),
            ephemeral_storage=kp.EphemeralStorageResources(request=Size.gibibytes(1), limit=Size.gibibytes(1)),
        ),
        readiness=kp.Probe.from_http_get(HEALTH, port=PORT),
        liveness=kp.Probe.from_tcp_socket(port=PORT),
        startup=kp.Probe.from_http_get(HEALTH, port=PORT, period_seconds=Duration.seconds(5), failure_threshold=60),
        lifecycle=kp.ContainerLifecycle(pre_stop=kp.Handler.from_command(["sleep", "10"])),
        security_context=kp.ContainerSecurityContextProps(
            ensure_non_root=True,
            user=65532,
            group=65532,
            read_only_root_filesystem=True,
            allow_privilege_escalation=False,
            capabilities=kp.ContainerSecutiryContextCapabilities(drop=[kp.Capability.NET_RAW]),
        ),
        volume_mounts=mounts,
    )


def _policy(
    chart: Chart, metadata: ApiObjectMetadata, deployment: kp.Deployment, previous: Drawn | None
) -> kp.NetworkPolicy:
    dns = kp.NetworkPolicyRule(
        peer=kp.NetworkPolicyIpBlock.any_ipv4(chart, f"{metadata.name}-dns"),
        ports=[kp.NetworkPolicyPort.tcp(53), kp.NetworkPolicyPort.udp(53)],
    )
    policy = kp.NetworkPolicy(
        chart,
        f"{metadata.name}-network",
        metadata=metadata,
        selector=deployment,
        ingress=kp.NetworkPolicyTraffic(default=kp.NetworkPolicyTrafficDefault.DENY),
        egress=kp.NetworkPolicyTraffic(default=kp.NetworkPolicyTrafficDefault.DENY, rules=[dns]),
    )
    if previous is not None:
        policy.add_egress_rule(previous.deployment, [kp.NetworkPolicyPort.tcp(PORT)])
        previous.policy.add_ingress_rule(deployment, [kp.NetworkPolicyPort.tcp(PORT)])
    return policy


def _budget(chart: Chart, metadata: ApiObjectMetadata, labels: dict[str, str]) -> None:
    budget = ApiObject(
        chart, f"{metadata.name}-budget", api_version="policy/v1", kind="PodDisruptionBudget", metadata=metadata
    )
    selector = {"matchLabels": {"app.kubernetes.io/name": labels["app.kubernetes.io/name"]}}
    spec = {"maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow", "selector": selector}
    budget.add_json_patch(JsonPatch.add("/spec", spec))

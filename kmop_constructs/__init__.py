"""Production-ready Kubernetes YAML from a short description of a microservice architecture, with cdk8s.

Values (specs, images, quantities, edges by name) import without Node; constructs load cdk8s when they are first
asked for. Import this package before cdk8s: it names the Node.js that the engine starts with.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from kmop_constructs._engine import choose_node, require_node

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.native import (
        NativeGateway as NativeGateway,
        NativeGatewayOptions as NativeGatewayOptions,
    )
    from kmop_constructs.components.api_gateway.spec import (
        Exposure as Exposure,
        PathRoute as PathRoute,
        Tls as Tls,
    )
    from kmop_constructs.components.configuration.native import (
        ExistingConfig as ExistingConfig,
        ExistingSecret as ExistingSecret,
        NativeConfig as NativeConfig,
        NativeSecret as NativeSecret,
        local_files as local_files,
    )
    from kmop_constructs.components.containerization.native import (
        NativePullSecret as NativePullSecret,
    )
    from kmop_constructs.components.security.native import (
        NativeNamespace as NativeNamespace,
        Quota as Quota,
    )
    from kmop_constructs.components.service_discovery.native import (
        NativeExternalName as NativeExternalName,
    )
    from kmop_constructs.core.chart import (
        KmopChart as KmopChart,
    )
    from kmop_constructs.core.contribution import (
        Contribution as Contribution,
        Edge as Edge,
        ToPeer as ToPeer,
        ToPods as ToPods,
        ToService as ToService,
    )
    from kmop_constructs.core.edges import (
        ExistingService as ExistingService,
        ExternalHost as ExternalHost,
        ServiceRef as ServiceRef,
    )
    from kmop_constructs.core.facts import (
        ServiceFacts as ServiceFacts,
    )
    from kmop_constructs.core.findings import (
        allow as allow,
    )
    from kmop_constructs.core.manifest import (
        Deferred as Deferred,
        Manifest as Manifest,
    )
    from kmop_constructs.core.patch import (
        Add as Add,
        Copy as Copy,
        Move as Move,
        Remove as Remove,
        Replace as Replace,
        Test as Test,
    )
    from kmop_constructs.errors import (
        CheckError as CheckError,
        ConflictError as ConflictError,
        EngineError as EngineError,
        KmopError as KmopError,
        SpecError as SpecError,
        UnsupportedError as UnsupportedError,
    )
    from kmop_constructs.microservice.microservice import (
        Microservice as Microservice,
        Worker as Worker,
    )
    from kmop_constructs.microservice.plan import (
        Plan as Plan,
    )
    from kmop_constructs.microservice.platform import (
        Platform as Platform,
    )
    from kmop_constructs.microservice.spec import (
        ServiceSpec as ServiceSpec,
        WorkerSpec as WorkerSpec,
    )
    from kmop_constructs.values.address import (
        DEFAULT_ENV as DEFAULT_ENV,
        Host as Host,
        HostPort as HostPort,
        PortNumber as PortNumber,
        Template as Template,
        Url as Url,
    )
    from kmop_constructs.values.callers import (
        Caller as Caller,
    )
    from kmop_constructs.values.cluster import (
        KubernetesVersion as KubernetesVersion,
        Peer as Peer,
        Peers as Peers,
    )
    from kmop_constructs.values.disruption import (
        MaxUnavailable as MaxUnavailable,
        MinAvailable as MinAvailable,
        NO_BUDGET as NO_BUDGET,
    )
    from kmop_constructs.values.env import (
        ConfigKey as ConfigKey,
        ConfigMapEnv as ConfigMapEnv,
        ContainerField as ContainerField,
        PodField as PodField,
        SecretEnv as SecretEnv,
        SecretKey as SecretKey,
    )
    from kmop_constructs.values.files import (
        ConfigDirectory as ConfigDirectory,
        LocalFile as LocalFile,
        SecretDirectory as SecretDirectory,
        Text as Text,
    )
    from kmop_constructs.values.image import (
        Image as Image,
    )
    from kmop_constructs.values.placement import (
        HOSTS as HOSTS,
        Placement as Placement,
        Spread as Spread,
        Toleration as Toleration,
        ZONES as ZONES,
    )
    from kmop_constructs.values.ports import (
        Port as Port,
    )
    from kmop_constructs.values.probes import (
        Exec as Exec,
        GrpcCheck as GrpcCheck,
        Health as Health,
        HttpGet as HttpGet,
        NO_PROBE as NO_PROBE,
        ProbeTiming as ProbeTiming,
        TcpSocket as TcpSocket,
    )
    from kmop_constructs.values.quantity import (
        Cpu as Cpu,
        Size as Size,
    )
    from kmop_constructs.values.resources import (
        GUESSED as GUESSED,
        Resources as Resources,
        UNLIMITED as UNLIMITED,
    )
    from kmop_constructs.values.rollout import (
        Recreate as Recreate,
        RollingUpdate as RollingUpdate,
    )
    from kmop_constructs.values.scaling import (
        Autoscaling as Autoscaling,
        ContainerTarget as ContainerTarget,
        Replicas as Replicas,
        ScalingPace as ScalingPace,
    )
    from kmop_constructs.values.secret import (
        InlineSecret as InlineSecret,
    )
    from kmop_constructs.values.security import (
        Account as Account,
        Permission as Permission,
        Security as Security,
    )
    from kmop_constructs.values.service import (
        HeadlessService as HeadlessService,
        LoadBalancer as LoadBalancer,
        NodePort as NodePort,
        Service as Service,
    )
    from kmop_constructs.values.shutdown import (
        Shutdown as Shutdown,
    )
    from kmop_constructs.values.volumes import (
        Claim as Claim,
        EmptyDir as EmptyDir,
        Mount as Mount,
    )
    from kmop_constructs.values.workload import (
        Container as Container,
        Identity as Identity,
        WorkloadSpec as WorkloadSpec,
    )

__all__ = [
    "Account",
    "Add",
    "Autoscaling",
    "Caller",
    "CheckError",
    "Claim",
    "ConfigDirectory",
    "ConfigKey",
    "ConfigMapEnv",
    "ConflictError",
    "Container",
    "ContainerField",
    "ContainerTarget",
    "Contribution",
    "Copy",
    "Cpu",
    "DEFAULT_ENV",
    "Deferred",
    "Edge",
    "EmptyDir",
    "EngineError",
    "Exec",
    "ExistingConfig",
    "ExistingSecret",
    "ExistingService",
    "Exposure",
    "ExternalHost",
    "GUESSED",
    "GrpcCheck",
    "HOSTS",
    "HeadlessService",
    "Health",
    "Host",
    "HostPort",
    "HttpGet",
    "Identity",
    "Image",
    "InlineSecret",
    "KmopChart",
    "KmopError",
    "KubernetesVersion",
    "LoadBalancer",
    "LocalFile",
    "Manifest",
    "MaxUnavailable",
    "Microservice",
    "MinAvailable",
    "Mount",
    "Move",
    "NO_BUDGET",
    "NO_PROBE",
    "NativeConfig",
    "NativeExternalName",
    "NativeGateway",
    "NativeGatewayOptions",
    "NativeNamespace",
    "NativePullSecret",
    "NativeSecret",
    "NodePort",
    "PathRoute",
    "Peer",
    "Peers",
    "Permission",
    "Placement",
    "Plan",
    "Platform",
    "PodField",
    "Port",
    "PortNumber",
    "ProbeTiming",
    "Quota",
    "Recreate",
    "Remove",
    "Replace",
    "Replicas",
    "Resources",
    "RollingUpdate",
    "ScalingPace",
    "SecretDirectory",
    "SecretEnv",
    "SecretKey",
    "Security",
    "Service",
    "ServiceFacts",
    "ServiceRef",
    "ServiceSpec",
    "Shutdown",
    "Size",
    "SpecError",
    "Spread",
    "TcpSocket",
    "Template",
    "Test",
    "Text",
    "Tls",
    "ToPeer",
    "ToPods",
    "ToService",
    "Toleration",
    "UNLIMITED",
    "UnsupportedError",
    "Url",
    "Worker",
    "WorkerSpec",
    "WorkloadSpec",
    "ZONES",
    "allow",
    "local_files",
]

_HOME = {
    "Account": "values.security",
    "Add": "core.patch",
    "Autoscaling": "values.scaling",
    "Caller": "values.callers",
    "CheckError": "errors",
    "Claim": "values.volumes",
    "ConfigDirectory": "values.files",
    "ConfigKey": "values.env",
    "ConfigMapEnv": "values.env",
    "ConflictError": "errors",
    "Container": "values.workload",
    "ContainerField": "values.env",
    "ContainerTarget": "values.scaling",
    "Contribution": "core.contribution",
    "Copy": "core.patch",
    "Cpu": "values.quantity",
    "DEFAULT_ENV": "values.address",
    "Deferred": "core.manifest",
    "Edge": "core.contribution",
    "EmptyDir": "values.volumes",
    "EngineError": "errors",
    "Exec": "values.probes",
    "ExistingConfig": "components.configuration.native",
    "ExistingSecret": "components.configuration.native",
    "ExistingService": "core.edges",
    "Exposure": "components.api_gateway.spec",
    "ExternalHost": "core.edges",
    "GUESSED": "values.resources",
    "GrpcCheck": "values.probes",
    "HOSTS": "values.placement",
    "HeadlessService": "values.service",
    "Health": "values.probes",
    "Host": "values.address",
    "HostPort": "values.address",
    "HttpGet": "values.probes",
    "Identity": "values.workload",
    "Image": "values.image",
    "InlineSecret": "values.secret",
    "KmopChart": "core.chart",
    "KmopError": "errors",
    "KubernetesVersion": "values.cluster",
    "LoadBalancer": "values.service",
    "LocalFile": "values.files",
    "Manifest": "core.manifest",
    "MaxUnavailable": "values.disruption",
    "Microservice": "microservice.microservice",
    "MinAvailable": "values.disruption",
    "Mount": "values.volumes",
    "Move": "core.patch",
    "NO_BUDGET": "values.disruption",
    "NO_PROBE": "values.probes",
    "NativeConfig": "components.configuration.native",
    "NativeExternalName": "components.service_discovery.native",
    "NativeGateway": "components.api_gateway.native",
    "NativeGatewayOptions": "components.api_gateway.native",
    "NativeNamespace": "components.security.native",
    "NativePullSecret": "components.containerization.native",
    "NativeSecret": "components.configuration.native",
    "NodePort": "values.service",
    "PathRoute": "components.api_gateway.spec",
    "Peer": "values.cluster",
    "Peers": "values.cluster",
    "Permission": "values.security",
    "Placement": "values.placement",
    "Plan": "microservice.plan",
    "Platform": "microservice.platform",
    "PodField": "values.env",
    "Port": "values.ports",
    "PortNumber": "values.address",
    "ProbeTiming": "values.probes",
    "Quota": "components.security.native",
    "Recreate": "values.rollout",
    "Remove": "core.patch",
    "Replace": "core.patch",
    "Replicas": "values.scaling",
    "Resources": "values.resources",
    "RollingUpdate": "values.rollout",
    "ScalingPace": "values.scaling",
    "SecretDirectory": "values.files",
    "SecretEnv": "values.env",
    "SecretKey": "values.env",
    "Security": "values.security",
    "Service": "values.service",
    "ServiceFacts": "core.facts",
    "ServiceRef": "core.edges",
    "ServiceSpec": "microservice.spec",
    "Shutdown": "values.shutdown",
    "Size": "values.quantity",
    "SpecError": "errors",
    "Spread": "values.placement",
    "TcpSocket": "values.probes",
    "Template": "values.address",
    "Test": "core.patch",
    "Text": "values.files",
    "Tls": "components.api_gateway.spec",
    "ToPeer": "core.contribution",
    "ToPods": "core.contribution",
    "ToService": "core.contribution",
    "Toleration": "values.placement",
    "UNLIMITED": "values.resources",
    "UnsupportedError": "errors",
    "Url": "values.address",
    "Worker": "microservice.microservice",
    "WorkerSpec": "microservice.spec",
    "WorkloadSpec": "values.workload",
    "ZONES": "values.placement",
    "allow": "core.findings",
    "local_files": "components.configuration.native",
}
_WITHOUT_NODE = (
    "components.api_gateway.spec",
    "core.contribution",
    "core.edges",
    "core.facts",
    "core.patch",
    "errors",
    "microservice.spec",
    "values.",
)
"""Homes of plain values: they load neither cdk8s nor Node."""

choose_node()


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if not home.startswith(_WITHOUT_NODE):
        require_node()
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

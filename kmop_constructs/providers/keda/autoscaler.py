"""Autoscaling by KEDA 2.21 (https://keda.sh/docs/2.21/reference/scaledobject-spec/)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from kmop_constructs.components.fault_tolerance.features import admit_scaling
from kmop_constructs.core.broker import GroupOfTopic, UsesBroker
from kmop_constructs.core.declared import Observer
from kmop_constructs.core.made import ReadsSecret
from kmop_constructs.core.manifest import Manifest
from kmop_constructs.core.place import Placed, created, place_of
from kmop_constructs.errors import SpecError
from kmop_constructs.providers.keda.authentication import Authentication, authentication_of, authentication_of_group
from kmop_constructs.providers.keda.options import KedaOptions
from kmop_constructs.providers.keda.supports import SUPPORTS
from kmop_constructs.providers.keda.triggers import (
    container_trigger,
    cron_trigger,
    lag_trigger,
    prometheus_trigger,
    queue_trigger,
)
from kmop_constructs.providers.native.fault_tolerance import scaling_behavior
from kmop_constructs.values.event_scaling import CronWindow, EventScaling, PrometheusQuery, QueueLength, TopicLag
from kmop_constructs.values.names import made_by
from kmop_constructs.values.pods import Pods
from kmop_constructs.values.quantity import seconds
from kmop_constructs.values.scaling import Autoscaling

from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import ClassVar

    from kmop_constructs.components.fault_tolerance.features import ScalingSupport
    from kmop_constructs.components.fault_tolerance.spec import WorkScaling
    from kmop_constructs.core.connection import Connection
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.typings import keda_sh as keda

__all__ = ["KedaAutoscaler"]

NAMESPACE: Final = "keda"
OPERATOR: Final = {"app": "keda-operator"}
"""Namespace and label of the pods that read queues, in the manifests of the release and in the chart
(https://github.com/kedacore/keda/blob/v2.21.0/config/manager/manager.yaml,
https://github.com/kedacore/charts/blob/main/keda/templates/manager/deployment.yaml)."""

_HPA_PREFIX: Final = "keda-hpa-"
_LONGEST_HPA: Final = 63
"""KEDA refuses an autoscaler of a longer name
(https://github.com/kedacore/keda/blob/v2.21.0/apis/keda/v1alpha1/scaledobject_webhook.go)."""


class KedaAutoscaler(Placed, Construct):
    """A ScaledObject, from which KEDA makes a HorizontalPodAutoscaler, and the login of each broker for KEDA.

    ``Platform(event_autoscaler=KedaAutoscaler)`` draws `EventScaling` and leaves `Autoscaling` to Kubernetes itself;
    ``Platform(autoscaler=KedaAutoscaler)`` draws `Autoscaling` too. The autoscaler that KEDA makes is named ``keda-hpa-`` and the name of
    the workload, or as the workload where that is longer than 63 characters.
    """

    SUPPORTS: ClassVar[ScalingSupport] = SUPPORTS
    """What KEDA supports, by feature: the source of errors and of the capability table."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        /,
        *,
        service: ServiceFacts,
        intent: Autoscaling | WorkScaling,
        options: KedaOptions = KedaOptions(),
    ) -> None:
        """Draw the autoscaler of a workload. The platform calls this.

        Args:
            scope: The workload; the objects are drawn below it.
            id: Id of the construct.
            service: Names of the workload.
            intent: What to follow.
            options: Options of KEDA. Default: `KedaOptions()`.

        Raises:
            SpecError: KEDA cannot read a queue, or a query has no Prometheus.
        """
        self._place = place_of(scope).child(id)
        self._service, self._intent, self._options = service, intent, options
        self._authentications: dict[str, Authentication] = {}
        made_by(f"{service.path}: KedaAutoscaler: options", options, KedaOptions)
        admit_scaling(service, type(self).__name__, self.SUPPORTS, intent)
        operator = service.cluster.operators.get("keda")
        spec = self._spec()
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        for each in self._authentications.values():
            each.draw(self)
        literal: keda.ScaledObject = {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": service.name, "labels": dict(service.labels)},
            "spec": spec,
        }
        Manifest(self, "scaled-object", literal)
        pods = Pods(labels=OPERATOR, namespace=NAMESPACE if operator is None else operator.namespace)
        self.gives = tuple(self._facts(pods))
        """The Secrets that KEDA reads, and its pods as callers of the brokers."""

    def _spec(self) -> keda.ScaledObjectSpec:
        service, intent = self._service, self._intent
        owner = service.owner
        api_version, kind = service.workload if owner is None else (owner.api_version, owner.kind)
        name = service.name if owner is None else owner.name
        scaling = intent if isinstance(intent, Autoscaling) else intent.scaling
        spec: keda.ScaledObjectSpec = {
            "scaleTargetRef": {"apiVersion": api_version, "kind": kind, "name": name},
            "minReplicaCount": scaling.min_replicas,
            "maxReplicaCount": scaling.max_replicas,
            "triggers": list(self._triggers()),
        }
        if isinstance(scaling, EventScaling):
            self._add_work(spec, scaling)
        config: keda.ScaledObjectAdvancedHorizontalPodAutoscalerConfig = {}
        if len(_HPA_PREFIX + service.name) > _LONGEST_HPA:
            config["name"] = service.name
        behavior = scaling_behavior(scaling.scale_up, scaling.scale_down)
        if behavior:
            config["behavior"] = cast("keda.ScaledObjectAdvancedHorizontalPodAutoscalerConfigBehavior", behavior)
        if config:
            spec["advanced"] = {"horizontalPodAutoscalerConfig": config}
        return spec

    @staticmethod
    def _add_work(spec: keda.ScaledObjectSpec, scaling: EventScaling) -> None:
        if scaling.idle_replicas is not None:
            spec["idleReplicaCount"] = scaling.idle_replicas
        if scaling.polling is not None:
            spec["pollingInterval"] = seconds("polling", scaling.polling)
        if scaling.cooldown is not None:
            spec["cooldownPeriod"] = seconds("cooldown", scaling.cooldown, lowest=0)
        if scaling.initial_cooldown is not None:
            spec["initialCooldownPeriod"] = seconds("initial_cooldown", scaling.initial_cooldown, lowest=0)
        fallback = scaling.fallback
        if fallback is not None:
            spec["fallback"] = {
                "failureThreshold": fallback.failures,
                "replicas": fallback.replicas,
                "behavior": fallback.behavior,
            }

    def _triggers(self) -> Iterator[keda.ScaledObjectTrigger]:
        intent = self._intent
        if isinstance(intent, Autoscaling):
            for target in intent.all_targets:
                yield container_trigger(target, self._service.container)
            return
        where = f"{self._service.path}: scaling"
        for trigger, broker in intent.triggers:
            match trigger:
                case QueueLength():
                    if not isinstance(broker, UsesBroker):
                        raise SpecError(f"{where}: QueueLength({trigger.queue!r}): its broker is not known, got {type(broker).__name__}; give "
                                        "it with the intent: WorkScaling(brokers=…)")  # fmt: skip
                    yield queue_trigger(trigger, broker.url, self._authentication(broker))
                case TopicLag():
                    if not isinstance(broker, GroupOfTopic):
                        raise SpecError(f"{where}: TopicLag({trigger.topic!r}): its group is not known, got {type(broker).__name__}; give it "
                                        "with the intent: WorkScaling(brokers=…)")  # fmt: skip
                    yield lag_trigger(trigger, broker, self._authentication(broker))
                case CronWindow():
                    yield cron_trigger(trigger)
                case PrometheusQuery():
                    if self._options.prometheus is None:
                        raise SpecError(f"{where}: PrometheusQuery: KEDA has no address of Prometheus, got none; write "
                                        "partial(KedaAutoscaler, options=KedaOptions(prometheus=PrometheusServer(…)))")  # fmt: skip
                    yield prometheus_trigger(trigger, self._options.prometheus)
                case _:
                    yield container_trigger(trigger, self._service.container)

    def _authentication(self, broker: UsesBroker | GroupOfTopic) -> str | None:
        """Return the name of the login of a broker for KEDA. ``None`` for a broker without a login and without TLS."""
        of_queue = isinstance(broker, UsesBroker)
        found = authentication_of(self._service, broker) if of_queue else authentication_of_group(self._service, broker)
        if found is None:
            return None
        if self._authentications.setdefault(found.name, found) != found:
            raise SpecError(f"{self._service.path}: scaling: two triggers read brokers of the name {broker.name!r} with different logins, got "
                            f"{broker.broker} as the second; use one login, or rename one of the brokers")  # fmt: skip
        return found.name

    def _facts(self, operator: Pods) -> Iterator[object]:
        brokers = [] if isinstance(self._intent, Autoscaling) else [each for _, each in self._intent.triggers if each]
        connections: list[Connection] = []
        for broker in brokers:
            found = (broker.connection,) if isinstance(broker, UsesBroker) else broker.connections
            connections += [each for each in found if each not in connections]
        yield from (Observer(connection=each, peer=operator) for each in connections)
        for each in self._authentications.values():
            for secret, keys in each.secrets.items():
                yield ReadsSecret(name=secret, subject=self._service, keys=keys)

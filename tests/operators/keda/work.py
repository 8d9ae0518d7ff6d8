"""The workloads whose number of pods KEDA sets."""

from __future__ import annotations

from datetime import timedelta

from kmop_constructs import (
    Autoscaling,
    ContainerTarget,
    Cpu,
    Credentials,
    ExistingSecret,
    Image,
    KmopChart,
    Platform,
    Provision,
    Resources,
    ScalingPace,
    Size,
    Worker,
    WorkerSpec,
)
from kmop_constructs.messaging import Forever, Kafka, KafkaSpec, Topic
from kmop_constructs.providers.keda import KedaAutoscaler
from kmop_constructs.providers.native import NativeKafkaProvider, NativeRabbitMq
from kmop_constructs.scaling import CronWindow, EventScaling, QueueLength, ScalingFallback, TopicLag

from cdk8s import App

PLACE, QUEUE, VIRTUAL_HOST = "scaled-work", "queue", "eu/prod"
LOGIN, USER, PASSWORD = "queue-login", "worker", "p@ss/w0rd:%"
"""The password has characters that a URL must escape."""

KAFKA_LOGINS, TOPIC = "kafka-logins", "placed"
PASSWORDS = {"admin": "not-1", "biller": "not-2", "writer": "not-3"}
"""Passwords of the users of Kafka."""

SOON = timedelta(seconds=1)
FAST = ScalingPace(stabilization=timedelta(0), percent=100, period=timedelta(seconds=1))
IMAGE = Image("ghcr.io/acme/worker:1.4.2")
RESOURCES = Resources(cpu=Cpu("100m"), memory=Size("64Mi"))
ALWAYS = CronWindow(start="0 0 1 1 *", end="59 23 31 12 *", time_zone="UTC", replicas=3)
"""All the year but its last minute."""
NEVER = CronWindow(start="58 23 31 12 *", end="59 23 31 12 *", time_zone="UTC", replicas=3)
LONG = "a-worker-with-a-name-of-fifty-five-characters-and-more-x"
"""With ``keda-hpa-`` it would be longer than an autoscaler may be named."""
MEASURED = Autoscaling(
    max_replicas=7,
    cpu_percent=60,
    memory_percent=80,
    targets=(ContainerTarget("cpu", average=Cpu("250m")),),
    scale_down=ScalingPace(pods=1),
)


def build(app: App) -> KmopChart:
    """Draw workers with a queue, with windows, with a fallback, and one with the use of CPU and memory."""
    kafka = NativeKafkaProvider(provision=Provision(storage=Size.gib(1), resources=RESOURCES))
    platform = Platform(autoscaler=KedaAutoscaler, event_autoscaler=KedaAutoscaler, kafka=kafka)
    chart = KmopChart(app, "work", namespace=PLACE, platform=platform)
    queue = NativeRabbitMq(
        chart,
        QUEUE,
        image=Image("rabbitmq:4.1"),
        storage=Size.gib(1),
        credentials=Credentials.of(ExistingSecret(LOGIN)),
        virtual_host=VIRTUAL_HOST,
    )
    orders = QueueLength("orders", per_pod=10)

    def worker(name: str, scaling: EventScaling | Autoscaling) -> None:
        spec = WorkerSpec(image=IMAGE, resources=RESOURCES, scaling=scaling)
        Worker(chart, name, spec, uses=[queue.connect()])

    def to_zero(*triggers: QueueLength | CronWindow) -> EventScaling:
        return EventScaling(
            min_replicas=0,
            max_replicas=5,
            triggers=triggers,
            polling=SOON,
            cooldown=SOON,
            scale_up=FAST,
            scale_down=FAST,
        )

    worker("mailer", to_zero(orders))
    worker("patient", to_zero(QueueLength("slow", per_pod=10, activation=4)))
    worker("clock", to_zero(ALWAYS))
    worker("asleep", to_zero(NEVER))
    idle = EventScaling(
        min_replicas=2,
        max_replicas=5,
        idle_replicas=0,
        triggers=(QueueLength("rare", per_pod=10),),
        polling=SOON,
        cooldown=SOON,
    )
    worker("idle", idle)
    lost = EventScaling(
        min_replicas=1,
        max_replicas=5,
        triggers=(QueueLength("lost", per_pod=10),),
        fallback=ScalingFallback(4, failures=1),
    )
    worker("lost", lost)
    worker("measured", MEASURED)
    _follow_a_topic(chart)
    worker(LONG, EventScaling(max_replicas=3, triggers=(orders,)))
    return chart


def _follow_a_topic(chart: KmopChart) -> None:
    """Draw a Kafka, a topic, what writes it, and a worker with as many pods as its lag needs."""
    secret = ExistingSecret(KAFKA_LOGINS)

    def login(user: str) -> Credentials:
        return Credentials(user=user, password=secret.key(user))

    kafka = Kafka(chart, "events", KafkaSpec(version="4.3.1", admin_password=secret.key("admin")))
    topic = Topic(chart, TOPIC, kafka, partitions=4, keep=Forever())
    lag = TopicLag(TOPIC, per_pod=10, first_read="earliest")
    scaling = EventScaling(
        min_replicas=0,
        max_replicas=4,
        triggers=(lag,),
        polling=SOON,
        cooldown=SOON,
        scale_up=FAST,
        scale_down=FAST,
    )
    biller = WorkerSpec(image=IMAGE, resources=RESOURCES, scaling=scaling)
    Worker(chart, "biller", biller, uses=[topic.consume(group="biller", credentials=login("biller"))])
    writer = WorkerSpec(image=IMAGE, resources=RESOURCES)
    Worker(chart, "writer", writer, uses=[topic.produce(credentials=login("writer"))])

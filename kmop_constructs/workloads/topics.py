"""Topics of a Kafka: each belongs to one construct, and others refer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from kmop_constructs.components.data.kafka.edge import TopicRef, TopicVerbs
from kmop_constructs.components.data.kafka.topic import Keep, TopicDrawn, TopicSpec, checked, settled
from kmop_constructs.core.derived import agree
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.errors import SpecError, bad
from kmop_constructs.values.names import several
from kmop_constructs.workloads.platform import subject_at
from kmop_constructs.workloads.stores import Kafka

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.values.quantity import Size

__all__ = ["Topic"]


class Topic(TopicVerbs, Placed, Construct):
    """A topic: ``Topic(chart, "orders", kafka, partitions=12, keep=Compacted(), key="order id")``.

    ``orders.produce()`` and ``orders.consume(group="billing")`` are the edges for callers. A client cannot create a topic.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        kafka: Kafka,
        *,
        partitions: int,
        keep: Keep,
        replicas: int | None = None,
        min_in_sync: int | None = None,
        key: str | None = None,
        max_message: Size | None = None,
        settings: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> None:
        """Draw a topic.

        Args:
            scope: The parent construct, below a chart of the Kafka's cluster.
            id: Id of the construct, and name of the topic. Do not change it later: the topic would be another one.
            kafka: The Kafka of the topic.
            partitions: Number of partitions, the most consumers of a group that work at once. It never shrinks. When it grows, records
                of one key are in another partition than before; the rule ``store-changed`` finds that with ``Platform(stores_record=…)``.
            keep: How long records are kept: `Compacted`, `ForTime` or `Forever`.
            replicas: Number of copies of each partition. Default: three, or the number of brokers if there are fewer.
            min_in_sync: Number of copies that must have a record before it is acknowledged, for producers with ``acks=all``, the
                default of Kafka's clients. Default: one less than `replicas`, at least 1.
            key: What the key of a record is: records of one key stay in order. Default: none, records have no key.
            max_message: The largest batch of records. Default: that of the broker, 1 MiB.
            settings: Further settings of the topic, by their names in Kafka: ``{"compression.type": "zstd"}``. Default: none.
            name: Name of the topic in Kafka, for one that no object of Kubernetes could have. Default: the id.

        Raises:
            SpecError: A value is wrong, or there are more copies than brokers.
            UnsupportedError: The platform's provider of Kafka does not draw topics.
        """
        self._place = place_of(scope).child(id)
        where = self._place.path
        if self._place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        if not isinstance(kafka, Kafka):
            got = type(kafka).__name__
            raise bad(
                f"{where}: kafka",
                "not a Kafka of this app",
                got,
                "write Kafka(chart, …), or ExistingTopic(…) for a topic of others",
            )
        if place_of(kafka).identity != self._place.identity:
            raise SpecError(
                f"{where}: kafka: {kafka.path} is in another cluster; draw the topic in a chart of its cluster"
            )
        if kafka.subject.namespace is None and kafka.subject.chart != self._place.chart.path:
            raise SpecError(
                f"{where}: kafka: the chart {kafka.subject.chart!r} of {kafka.path} sets no namespace, so a topic of another chart cannot "
                "be put into it; set one: KmopChart(…, namespace=…)"
            )
        self.kafka: Kafka = kafka
        """The Kafka of the topic."""
        self.subject = replace(subject_at(self._place, id, kafka.platform), namespace=kafka.subject.namespace)
        """Name, labels and namespace for the provider: that of the Kafka."""
        self.spec = checked(
            where,
            TopicSpec(
                name=id if name is None else name,
                partitions=partitions,
                keep=keep,
                replicas=replicas,
                min_in_sync=min_in_sync,
                key=key,
                max_message=max_message,
                settings=settings or {},
            ),
        )
        """The topic."""
        names = kafka.kafka
        copies, in_sync = settled(where, self.spec, names.brokers)
        drawn = TopicDrawn(
            path=where,
            kafka=kafka.path,
            spec=self.spec,
            replicas=copies,
            min_in_sync=in_sync,
            brokers=names.brokers,
            bootstrap=names.bootstrap_for(kafka.subject),
            mechanism=names.mechanism,
            tls=names.primary.tls,
        )
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            self.drawn = kafka.platform.kafka.topic(
                self, "topic", subject=self.subject, kafka=kafka.subject, intent=drawn
            )
            """The construct that the provider drew. ``None`` if the Kafka draws its topics together."""
            if self.drawn is not None:
                give(cast("Construct", self.drawn), *several(f"{where}: gives", self.drawn.gives))
            self._place.give(drawn)
            agree(
                self._place,
                ("topic", kafka.path, self.spec.name),
                {"its construct": where},
                hint="draw it once, and pass the Topic to others, or write ExistingTopic(…) where it cannot be passed",
            )
            # Brokers refuse the second of two such names, because metrics have no dots (Topic.hasCollision, as above).
            agree(
                self._place,
                ("topics with one name in metrics", kafka.path, self.spec.name.replace(".", "_")),
                {"its name": self.spec.name},
                hint="names of topics must differ in more than '.' and '_'; rename one",
            )
        except Exception as error:
            self._place.give(HalfDrawn(path=where, error=str(error)))
            raise

    def _topic(self) -> TopicRef:
        return TopicRef(
            where=self.path,
            kafka=self.kafka.kafka,
            name=self.spec.name,
            label=self.subject.name,
            partitions=self.spec.partitions,
        )

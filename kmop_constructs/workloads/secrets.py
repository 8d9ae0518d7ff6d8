"""Secrets by what an application needs. The platform names what makes them: a person, or an operator with a secret store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, cast

from kmop_constructs.components.configuration.spec import (
    Leased,
    RemoteKey,
    RemoteSecretsSpec,
    SecretOrigin,
    SecretSource,
)
from kmop_constructs.components.configuration.verbs import SecretVerbs
from kmop_constructs.core.findings import HalfDrawn
from kmop_constructs.core.place import Placed, created, give, place_of
from kmop_constructs.core.placeholders import fill_placeholders
from kmop_constructs.errors import SpecError
from kmop_constructs.values.names import several
from kmop_constructs.workloads.platform import Platform, placed_platform, subject_at

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.core.jobs import Drawn

__all__ = ["RemoteSecrets"]


class RemoteSecrets(SecretVerbs, Placed, Construct):
    """A Secret with values from a secret store: ``RemoteSecrets(chart, "stripe", keys={"STRIPE_KEY": RemoteKey(…)})``.

    Its methods return edges for ``uses=``; `key` returns a reference, such as for the password of a store.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        keys: Mapping[str, SecretSource],
        refresh: timedelta | None = timedelta(hours=1),
        remote_deleted: Literal["keep", "delete"] = "keep",
        type: str = "Opaque",  # noqa: A002 - the field's own name
        labels: Mapping[str, str] | None = None,
        platform: Platform | None = None,
    ) -> None:
        """Draw what makes the Secret.

        Args:
            scope: The parent construct, below a chart.
            id: Id of the construct, and name of the Secret.
            keys: Keys of the Secret, each with the source of its value: `RemoteKey`, `Generated` or `Leased`.
            refresh: Interval at which the values are read again. ``None`` reads them once. Default: 1 hour.
            remote_deleted: What happens when the secret in the store is deleted: ``keep`` the last value, so that pods still
                start, or ``delete`` the Secret. Default: ``keep``.
            type: The field ``type`` of the Secret. Default: ``Opaque``.
            labels: Labels of the Secret, which an operator that reads it may require: the topology operator of RabbitMQ wants
                ``{"rabbitmq.com/topology-operator": "true"}``. Default: none beside those of the provider.
            platform: The platform with the provider that draws it. Default: the chart's platform, else `Platform()`.

        Raises:
            SpecError: A value is wrong, or a placeholder of a path has no value.
            UnsupportedError: The platform's provider does not support a source or a field.
        """
        spec = RemoteSecretsSpec(keys, refresh=refresh, remote_deleted=remote_deleted, type=type, labels=labels or {})
        self._draw(scope, id, spec, platform)

    def _draw(self, scope: Construct, id: str, spec: RemoteSecretsSpec, platform: Platform | None) -> None:
        self._place = place_of(scope).child(id)
        where = self._place.path
        if self._place.chart is None:
            raise SpecError(f"{where}: needs a chart above it, got {type(scope).__name__}; put it into one")
        self.platform = placed_platform(self._place, platform)
        """The platform that draws the Secret."""
        self.subject = subject_at(self._place, id, self.platform)
        """Name, namespace and labels for the provider."""
        self._written = spec
        self.spec = replace(spec, keys={key: self._filled(key, source) for key, source in spec.keys.items()})
        """Keys and settings of the Secret, with the placeholders of paths filled."""
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))
        try:
            self.drawn: Drawn = self.platform.secrets(self, "secret", subject=self.subject, intent=self.spec)
            """The construct that the provider drew."""
            give(cast("Construct", self.drawn), *several(f"{where}: gives", getattr(self.drawn, "gives", ())))
        except Exception as error:
            self._place.give(HalfDrawn(path=where, error=str(error)))
            raise

    @property
    def name(self) -> str:
        """Name of the Secret."""
        return self.subject.name

    def copied_to(self, scope: Construct, id: str | None = None) -> RemoteSecrets:
        """Return the same Secret in the namespace of another chart, for pods there. Nobody copies a value by hand.

        Values from a store are read from the store again. Generated values are copied from this Secret; leased keys get a
        login of their own.

        Args:
            scope: The chart of the other namespace, or a construct in it.
            id: Id of the construct, and name of the Secret there. Default: the name of this Secret.

        Raises:
            SpecError: The chart is in the same namespace or another cluster, or this Secret's namespace is not known.
            UnsupportedError: The platform's provider cannot copy generated values.
        """
        there = place_of(scope)
        namespace = None if there.chart is None else there.chart.namespace
        if namespace == self.subject.namespace or namespace is None or self.subject.namespace is None:
            raise SpecError(
                f"{self.path}: copied_to: the two charts need different namespaces, got {self.subject.namespace!r} and "
                f"{namespace!r}; set them: KmopChart(…, namespace=…)"
            )
        if there.identity != self._place.identity:
            raise SpecError(
                f"{self.path}: copied_to: the two charts are in different clusters, and a Secret is copied within one; write the "
                "keys in a RemoteSecrets there"
            )
        made = bool(self._written.generated)
        origin = SecretOrigin(name=self.name, namespace=self.subject.namespace) if made else None
        return _CopiedSecrets(scope, id or self.name, replace(self._written, copy_of=origin))

    def _secret(self) -> tuple[str, frozenset[str] | None]:
        return self.subject.name, frozenset(self.spec.keys)

    def _filled(self, key: str, source: SecretSource) -> SecretSource:
        if not isinstance(source, RemoteKey | Leased):
            return source
        where = f"{self.path}: keys[{key!r}]"
        subject = self.subject
        return replace(
            source, path=fill_placeholders(where, source.path, subject.cluster, {"namespace": subject.namespace})
        )


class _CopiedSecrets(RemoteSecrets):
    """The same Secret in another namespace."""

    def __init__(self, scope: Construct, id: str, spec: RemoteSecretsSpec) -> None:
        self._draw(scope, id, spec, None)

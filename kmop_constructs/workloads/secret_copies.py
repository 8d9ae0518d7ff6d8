"""Copies of Secrets that an operator makes in the namespace of its store, for callers in other namespaces."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from kmop_constructs.components.configuration.spec import RemoteSecretsSpec, SecretOrigin
from kmop_constructs.core.derived import derive_construct
from kmop_constructs.core.place import give
from kmop_constructs.core.reading import scope_of
from kmop_constructs.workloads.platform import Platform

from constructs import Construct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kmop_constructs.components.configuration.spec import Generated
    from kmop_constructs.core.place import Place
    from kmop_constructs.core.subject import Subject

__all__ = ["copy_secret"]


def copy_secret(place: Place, name: str, keys: Mapping[str, Generated], *, of: Subject, origin: str) -> None:
    """Declare a copy of a Secret in the namespace of a caller, by the platform's provider of secrets.

    `of` is the store in whose namespace the Secret `origin` is.
    """
    assert place.chart is not None
    chart = place.chart
    intent = RemoteSecretsSpec(keys, copy_of=SecretOrigin(name=origin, namespace=str(of.namespace)))
    platform = Platform.of(chart.cluster)

    def draw(scope: Construct, id: str) -> Construct:
        subject = replace(
            of,
            path=f"{chart.path}/{id}",
            id=id,
            name=name,
            namespace=chart.namespace,
            chart=chart.path,
            cluster=platform,
        )
        drawn = platform.secrets(scope, id, subject=subject, intent=intent)
        give(cast("Construct", drawn), *drawn.gives)
        return cast("Construct", drawn)

    derive_construct(
        place,
        ("Secret", scope_of(chart.namespace, chart), name),
        draw,
        says={"its origin": f"{of.namespace}/{origin}"},
    )

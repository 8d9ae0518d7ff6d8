"""The protocol of providers of secrets, and the features of secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from kmop_constructs.core.capability import Can, Cannot, refuse_unsupported, releases_of

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.spec import RemoteSecretsSpec
    from kmop_constructs.core.jobs import Drawn
    from kmop_constructs.core.subject import Subject

    from constructs import Construct

__all__ = ["FEATURES", "SecretFeature", "SecretsFactory", "SecretsSupport", "admit_secrets", "used_features"]

SecretFeature: TypeAlias = Literal[
    "remote",
    "whole_value",
    "version",
    "generated",
    "leased",
    "copy",
    "refresh",
    "once",
    "keep",
    "delete",
    "type",
    "labels",
]

SecretsSupport: TypeAlias = Mapping[SecretFeature, Can | Cannot]
"""What a provider of secrets supports, by feature. A feature that is missing here is not supported."""

FEATURES: Mapping[SecretFeature, str] = {
    "remote": "read a field of a secret in a store",
    "whole_value": "read a secret without naming a field",
    "version": "read a fixed version of a secret",
    "generated": "generate a password",
    "leased": "get a login for a limited time",
    "copy": "copy a generated value to another namespace",
    "refresh": "read the values again at an interval",
    "once": "read the values only once",
    "keep": "keep the Secret when the remote secret is deleted",
    "delete": "delete the Secret when the remote secret is deleted",
    "type": "set the type of the Secret",
    "labels": "set labels of the Secret",
}
"""The features of secrets, each as a verb phrase: the rows of the capability table."""


def used_features(intent: RemoteSecretsSpec) -> list[SecretFeature]:
    """Return the features that an intent uses."""
    found: dict[SecretFeature, bool] = {
        "remote": any(each.property is not None for each in intent.remote.values()),
        "whole_value": any(each.property is None for each in intent.remote.values()),
        "version": any(each.version is not None for each in intent.remote.values()),
        "generated": bool(intent.generated) and intent.copy_of is None,
        "leased": bool(intent.leased),
        "copy": intent.copy_of is not None,
        "refresh": bool(intent.remote) and intent.refresh is not None,
        "once": bool(intent.remote) and intent.refresh is None,
        "keep": bool(intent.remote) and intent.remote_deleted == "keep",
        "delete": bool(intent.remote) and intent.remote_deleted == "delete",
        "type": intent.type != "Opaque",
        "labels": bool(intent.labels),
    }
    return [name for name, used in found.items() if used]


def admit_secrets(subject: Subject, provider: str, supports: SecretsSupport, intent: RemoteSecretsSpec) -> None:
    """Refuse every feature of an intent that a provider of secrets does not support. A provider calls this before it draws.

    Raises `UnsupportedError` with the providers that support it.
    """
    wanted = {name: FEATURES[name] for name in used_features(intent)}
    tools = tuple(getattr(subject.cluster, "tools", ()))
    releases = releases_of(subject.cluster)
    refuse_unsupported(subject.path, "secrets", provider, {**supports}, {**wanted}, tools=tools, releases=releases)


class SecretsFactory(Protocol):
    """A class, or a `functools.partial` of one, that draws what makes a Secret.

    Its class has ``SUPPORTS``, a `SecretsSupport`. It gives a `MakesSecret` with the keys of the intent, for a Secret with the
    name of the subject.
    """

    def __call__(self, scope: Construct, id: str, /, *, subject: Subject, intent: RemoteSecretsSpec) -> Drawn:
        """Draw what makes the Secret. Raises `UnsupportedError` for a feature that is not supported."""
        ...

"""Secrets by plain Kubernetes: somebody creates them before the pods start."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from kmop_constructs.components.configuration.base import SecretsSupport, admit_secrets
from kmop_constructs.core.capability import Can, Cannot
from kmop_constructs.core.findings import Finding
from kmop_constructs.core.made import MakesSecret
from kmop_constructs.core.place import Placed, created, place_of

from constructs import Construct

if TYPE_CHECKING:
    from kmop_constructs.components.configuration.spec import RemoteSecretsSpec
    from kmop_constructs.core.subject import Subject

__all__ = ["NativeSecrets"]

_BY_HAND = Can(
    "the Secret is created outside of the app, with these keys",
    "https://kubernetes.io/docs/concepts/configuration/secret/",
)
_NO_OPERATOR = Cannot("plain Kubernetes has nothing that makes a Secret")


class NativeSecrets(Placed, Construct):
    """Draws nothing: a person or a pipeline creates the Secret. A notice lists its name and keys."""

    SUPPORTS: ClassVar[SecretsSupport] = {
        "remote": _BY_HAND,
        "whole_value": _BY_HAND,
        "version": _BY_HAND,
        "once": _BY_HAND,
        "refresh": _BY_HAND,
        "keep": _BY_HAND,
        "type": _BY_HAND,
        "labels": _BY_HAND,
        "delete": _NO_OPERATOR,
        "generated": _NO_OPERATOR,
        "leased": _NO_OPERATOR,
        "copy": _NO_OPERATOR,
    }
    """What plain Kubernetes supports."""

    def __init__(self, scope: Construct, id: str, /, *, subject: Subject, intent: RemoteSecretsSpec) -> None:
        """Draw nothing, and list what must exist. The platform calls this.

        Raises `UnsupportedError` for values that only an operator can make.
        """
        admit_secrets(subject, type(self).__name__, self.SUPPORTS, intent)
        self._place = place_of(scope).child(id)
        keys = tuple(intent.keys)
        listed = ", ".join(f"{key} from {_shown(each.path, each.property)}" for key, each in intent.remote.items())
        labels = f" and the labels {dict(intent.labels)}" if intent.labels else ""
        message = (
            f"the Secret {subject.name!r} must be created outside of the app before its pods start, with the keys {listed}{labels}; or name "
            "a provider that makes it: Platform(secrets=…)"
        )
        self.gives = (
            MakesSecret(name=subject.name, scope=subject.scope, keys=keys, rotates=intent.rotates),
            Finding(path=subject.path, rule="secret-by-hand", severity="notice", message=message),
        )
        """The Secret, and the notice."""
        created(self, scope, id, lambda: Construct.__init__(self, scope, id))


def _shown(path: str, name: str | None) -> str:
    return path if name is None else f"{path} ({name})"

"""Plain Kubernetes draws nothing for a Secret of a store: somebody creates it."""

from kmop_constructs.authors import Can
from kmop_constructs.components.configuration.base import SecretFeature
from kmop_constructs.providers.native import NativeSecrets
from tests.components.configuration.contract import Case, Missing

_CAN: list[SecretFeature] = [name for name, support in NativeSecrets.SUPPORTS.items() if isinstance(support, Can)]

CASE = Case(
    provider=NativeSecrets,
    secrets=NativeSecrets,
    expected={name: (Missing("Secret", ""),) for name in _CAN},
    same=frozenset(_CAN),
)

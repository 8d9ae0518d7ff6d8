"""What each gateway can do, as data: it refuses what cannot be drawn, and it is the table of the docs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from kmop_constructs.components.api_gateway.features import FEATURES, FeatureName, asked
from kmop_constructs.core.tools import providers_of
from kmop_constructs.errors import UnsupportedError

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.tool import Tool

__all__ = ["Can", "Cannot", "GatewayClass", "Supports", "able", "admit", "refusal"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Can:
    """A gateway can do it."""

    how: str = field(kw_only=False)
    """The field, annotation or object that says it."""

    source: str = field(kw_only=False)
    """The page of the documentation where that stands."""

    needs: str | None = None
    """A commercial edition, a plug-in or a part of the installation that the platform must name in the provider's options.
    Default: nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cannot:
    """A gateway cannot do it, or this provider does not draw it."""

    why: str = field(kw_only=False)
    """The reason, as the end of a sentence."""

    source: str = field(kw_only=False, default="")
    """The page of the documentation where that stands."""


Supports: TypeAlias = Mapping[FeatureName, Can | Cannot]
"""What a gateway can do, by feature. One that is not named, it cannot."""


class GatewayClass(Protocol):
    """A provider of gateways, as a class."""

    __name__: str

    @property
    def SUPPORTS(self) -> Supports:  # noqa: N802 - a constant of the class
        """What it can do."""
        ...


def admit(
    where: str,
    provider: str,
    supports: Supports,
    exposure: Exposure,
    service: ServiceFacts,
    *,
    named: Iterable[str] = (),
) -> None:
    """Refuse what a gateway cannot do: every provider calls this before it draws.

    `named` are the editions and plug-ins that the platform says are there.

    Raises `UnsupportedError` with every feature that is asked for in vain, the reason, and the providers that can.
    """
    there, tools = frozenset(named), tuple(getattr(service.cluster, "tools", ()))
    refused: list[str] = []
    for name in asked(exposure, service):
        said = supports.get(name, Cannot("it does not say so"))
        if isinstance(said, Cannot):
            refused.append(_refused(name, provider, said.why, tools))
        elif said.needs is not None and said.needs not in there:
            refused.append(
                _refused(
                    name, provider, f"it needs {said.needs}, which its options do not name (see its docs page)", tools
                )
            )
    if refused:
        raise UnsupportedError("\n".join(f"{where}: {each}" for each in refused))


def refusal(where: str, provider: str, name: FeatureName, why: str) -> UnsupportedError:
    """What a provider raises where it can do a thing, but not with the value that was given."""
    return UnsupportedError(f"{where}: {_refused(name, provider, why)}")


def _refused(name: FeatureName, provider: str, why: str, tools: Sequence[Tool] = ()) -> str:
    feature = FEATURES[name]
    others = able(name, but=provider, tools=tools)
    use = f"use {_listed(others)}, or leave it out" if others else "no provider can; leave it out"
    return f"exposure.{feature.field}: {provider} cannot {feature.title}, because {why}; {use}"


def able(name: FeatureName, *, but: str = "", tools: Sequence[Tool] = ()) -> list[str]:
    """Names of the providers that can do a thing, with what they need for it."""
    found: list[str] = []
    for provider in providers_of("gateway", *tools):
        said = provider.SUPPORTS.get(name)
        if isinstance(said, Can) and provider.__name__ != but:
            found.append(provider.__name__ + (f" (with {said.needs})" if said.needs else ""))
    return found


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"

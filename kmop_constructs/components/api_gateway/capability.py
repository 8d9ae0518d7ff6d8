"""What each gateway supports, as data: the source of errors for unsupported features, and of the table in the docs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from kmop_constructs.components.api_gateway.features import FEATURES, FeatureName, requested
from kmop_constructs.core.capability import Can, Cannot, listed, older, providers_with, releases_of
from kmop_constructs.errors import UnsupportedError

if TYPE_CHECKING:
    from kmop_constructs.components.api_gateway.spec import Exposure
    from kmop_constructs.core.subject import ServiceFacts
    from kmop_constructs.values.tool import Tool

__all__ = ["Can", "Cannot", "GatewayClass", "Supports", "able", "admit", "admit_release", "refusal"]


Supports: TypeAlias = Mapping[FeatureName, Can | Cannot]
"""What a gateway supports, by feature. A feature that is missing here is not supported."""


class GatewayClass(Protocol):
    """The class of a gateway provider."""

    __name__: str

    @property
    def SUPPORTS(self) -> Supports:  # noqa: N802 - a constant of the class
        """What the gateway supports, by feature."""
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
    """Refuse every feature of an exposure that a gateway does not support. A provider calls this before it draws.

    Args:
        where: Construct path of the route, with which the message begins.
        provider: Class name of the provider, for the message.
        supports: What the gateway supports: the provider's ``SUPPORTS``.
        exposure: The exposure to draw.
        service: Names and ports of the exposed service.
        named: Editions and plug-ins that the options of the provider name as installed; see `Can.needs`. Default: none.

    Raises:
        UnsupportedError: A feature of the exposure is not supported. The message names every such feature with the reason,
            and the providers that support it.
    """
    there, tools = frozenset(named), tuple(getattr(service.cluster, "tools", ()))
    releases = releases_of(service.cluster)
    refused: list[str] = []
    for name in requested(exposure, service):
        support = supports.get(name, Cannot("the provider does not list it as supported"))
        if isinstance(support, Cannot):
            refused.append(_refused(name, provider, support.why, tools))
        elif support.needs is not None and support.needs not in there:
            refused.append(
                _refused(
                    name,
                    provider,
                    f"it needs {support.needs}, which the options of the provider do not name (see its docs page)",
                    tools,
                )
            )
        elif (why := support.lacks(releases)) is not None:
            refused.append(_refused(name, provider, why, tools))
    if refused:
        raise UnsupportedError("\n".join(f"{where}: {each}" for each in refused))


def refusal(where: str, provider: str, name: FeatureName, why: str) -> UnsupportedError:
    """Return the error for a supported feature with an unsupported value. `why` is the end of a sentence, as in `Cannot`."""
    return UnsupportedError(f"{where}: {_refused(name, provider, why)}")


def admit_release(where: str, provider: str, name: FeatureName, service: ServiceFacts, tool: str, since: str) -> None:
    """Refuse a value of a supported feature that the platform's older release of a tool (`Platform.releases`) does not have.

    Raises:
        UnsupportedError: The platform names a release before `since`.
    """
    why = older(releases_of(service.cluster), tool, since)
    if why is not None:
        raise refusal(where, provider, name, why)


def _refused(name: FeatureName, provider: str, why: str, tools: Sequence[Tool] = ()) -> str:
    feature = FEATURES[name]
    others = able(name, but=provider, tools=tools)
    use = f"use {listed(others)}, or leave it out" if others else "no provider supports it; leave it out"
    return f"exposure.{feature.field}: {provider} cannot {feature.title}, because {why}; {use}"


def able(name: FeatureName, *, but: str = "", tools: Sequence[Tool] = ()) -> list[str]:
    """Return the names of the gateways that support a feature, with what they need for it.

    `but` is left out; `tools` are tools from outside.
    """
    return providers_with("gateway", name, but=but, tools=tools)

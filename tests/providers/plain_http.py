"""Exposures with a login and without TLS, in tests that are about something else."""

from __future__ import annotations

from kmop_constructs import Exposure, Microservice, allow


def allow_plain_http(service: Microservice) -> Microservice:
    """Allow the login of a service over plain HTTP, where it has one."""
    found = service.spec.exposure
    exposures = (found,) if isinstance(found, Exposure) else tuple(found or ())
    if any(each.auth is not None and (each.tls is None or each.tls.redirect is False) for each in exposures):
        allow(service, "login-plain-http", reason="TLS ends in front of the gateway")
    return service

"""The configuration of the server.

The server reads it at start, from a ConfigMap that its own configuration includes last
(https://github.com/OT-CONTAINER-KIT/redis-operator/blob/v0.26.0/internal/agent/bootstrap/redis/config.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kmop_constructs.components.data.redis_configuration import redis_configuration

if TYPE_CHECKING:
    from kmop_constructs.components.data.store_spec import RedisSpec
    from kmop_constructs.core.subject import Subject
    from kmop_constructs.providers.redis_operator.names import Form
    from kmop_constructs.values.resources import Resources

__all__ = ["FILE", "configuration"]

FILE = "redis-additional.conf"
"""The file of the ConfigMap that is included."""


def configuration(subject: Subject, spec: RedisSpec, form: Form, resources: Resources) -> str:
    """Return the text of the file."""
    return redis_configuration(subject, spec, resources, fails_over=form == "sentinel")

"""What others need to know about an app, read from its constructs: `cloud_identities`."""

from __future__ import annotations

from kmop_constructs.outputs.identities import BoundIdentity, CloudIdentities, cloud_identities

__all__ = ["BoundIdentity", "CloudIdentities", "cloud_identities"]

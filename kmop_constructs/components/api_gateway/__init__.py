"""API gateway: how requests from outside reach a service."""

"""Service discovery: how others find a service."""

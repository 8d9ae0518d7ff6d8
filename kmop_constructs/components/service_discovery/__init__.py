"""Service discovery: names and addresses of services."""

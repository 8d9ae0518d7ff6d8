"""Emissary-ingress (Ambassador)."""

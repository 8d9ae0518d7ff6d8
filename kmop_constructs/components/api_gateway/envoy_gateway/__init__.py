"""Envoy Gateway."""

"""Istio's ingress gateway."""

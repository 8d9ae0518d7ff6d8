"""HAProxy's ingress controller."""

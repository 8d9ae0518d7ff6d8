"""ingress-nginx, which is retired."""

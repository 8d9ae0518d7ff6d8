"""Load balancer: Services that reach beyond the cluster."""

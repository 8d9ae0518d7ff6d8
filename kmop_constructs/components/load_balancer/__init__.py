"""Load balancer: Services with an address outside the cluster."""

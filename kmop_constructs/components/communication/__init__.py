"""Communication: network isolation of workloads."""

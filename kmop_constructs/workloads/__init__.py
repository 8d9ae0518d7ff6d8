"""Workloads: constructs that draw a whole service."""

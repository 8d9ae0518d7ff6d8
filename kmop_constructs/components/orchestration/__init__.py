"""Orchestration: workloads that run pods."""

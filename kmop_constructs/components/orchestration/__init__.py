"""Orchestration: what keeps pods running."""

"""Fault tolerance: budgets and autoscalers."""

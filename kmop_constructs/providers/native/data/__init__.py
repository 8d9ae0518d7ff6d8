"""Stores in pods of our own."""

"""Stores that run as native pods of the app, without an operator."""

"""A whole service in one expression."""

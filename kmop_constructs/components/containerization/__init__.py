"""Containerization: where images come from."""

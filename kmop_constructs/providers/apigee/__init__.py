"""Apigee: exposure through a managed proxy of Google Cloud."""

"""cert-manager: certificates."""

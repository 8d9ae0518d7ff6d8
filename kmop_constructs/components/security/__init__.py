"""Security: accounts, permissions and namespaces."""

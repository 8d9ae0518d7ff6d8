"""Communication: which connections are open."""

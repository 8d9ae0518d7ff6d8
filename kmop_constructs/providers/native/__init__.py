"""Plain Kubernetes."""

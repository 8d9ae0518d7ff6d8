"""The providers of each job: plain Kubernetes, and one package for each tool."""

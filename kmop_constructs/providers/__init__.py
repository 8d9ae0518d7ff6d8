"""Who draws what is asked of each job: plain Kubernetes, and a room for each tool."""

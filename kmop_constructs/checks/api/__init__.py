"""What an API server refuses: the schemas of every supported version of Kubernetes, and its rules between fields."""

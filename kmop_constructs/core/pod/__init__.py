"""Pod template: one file for each concern, with functions from values to Kubernetes objects."""

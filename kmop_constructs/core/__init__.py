"""What every component family shares: manifests, charts, edges, contributions and the pod template."""

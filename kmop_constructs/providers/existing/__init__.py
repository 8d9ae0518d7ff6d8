"""What something else runs: a cloud, another team."""

"""Clusters that several apps run on."""

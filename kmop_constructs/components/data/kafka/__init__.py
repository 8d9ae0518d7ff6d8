"""Kafka: what an application needs of a cluster and of a topic, the edges of producers and consumers, and their rights."""

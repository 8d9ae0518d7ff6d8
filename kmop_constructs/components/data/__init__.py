"""Data management: databases, caches, search and queues, and the edges by which services use them."""

"""The reference of the public API, written from the sources."""

"""Systems described with the library. Each runs by itself, ``python -m apps.<name>``, and is a test."""

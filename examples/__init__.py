"""Small apps, one idea each. Each runs by itself, ``python -m examples.<name>``, and is a test."""

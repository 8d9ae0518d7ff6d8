"""Facts about the whole app, checked when it is synthesized: one rule a file."""

"""Kong."""

"""Configuration and secrets; a change of their content rolls the pods."""

"""Configuration and secrets whose content rolls the pods."""

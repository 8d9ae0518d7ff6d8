"""What the Camunda apps share: the platform, the images' ways, databases, configuration files."""

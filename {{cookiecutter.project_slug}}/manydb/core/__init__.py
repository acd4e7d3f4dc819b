"""What the settings, the routers and the commands share about this project's databases."""

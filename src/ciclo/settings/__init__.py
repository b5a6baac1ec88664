"""Settings: the environment, read once into one frozen object. Nothing else reads the environment."""

"""Images, models and experiments: what is released, and where it came from."""

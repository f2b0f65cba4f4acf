"""The levels of delivery, and what each demands of an environment."""

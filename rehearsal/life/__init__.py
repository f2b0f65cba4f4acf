"""A model's life: its steps, and the people, data and pipelines that take part."""

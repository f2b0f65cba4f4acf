"""The analysis of captured requests: it runs in a function, in a container, or on an
engine's workers, and imports neither Pulumi nor a component."""

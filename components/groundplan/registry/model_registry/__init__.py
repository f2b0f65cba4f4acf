"""ModelRegistry: SageMaker model package groups."""

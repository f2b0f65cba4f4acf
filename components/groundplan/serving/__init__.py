"""Serving models: SageMaker endpoints that scale, roll out in steps, and roll back."""

"""Serving models: SageMaker real-time endpoints that scale, roll out in steps, and roll back."""

"""The services of a run on SageMaker: its jobs, its model registry, its endpoints."""

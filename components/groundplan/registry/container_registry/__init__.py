"""ContainerRegistry: ECR repositories with immutable tags."""

"""Building blocks for SageMaker that several components share: execution-role
statements, image references."""

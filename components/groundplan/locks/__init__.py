"""Lock files: what the moving references of a stack resolve to."""

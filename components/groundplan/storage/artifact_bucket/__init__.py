"""ArtifactBucket: a versioned, encrypted bucket for datasets and models."""

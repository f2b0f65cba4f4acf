"""RetrainingPipeline: the component that deploys the retraining engine."""

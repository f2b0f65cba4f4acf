"""Where experiments are tracked: MLflow, as SageMaker runs it or on a cluster."""

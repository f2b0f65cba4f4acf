"""Model serving: SageMaker endpoints, and endpoints on Kubernetes."""

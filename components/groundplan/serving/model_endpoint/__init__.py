"""ModelEndpoint: a SageMaker endpoint."""

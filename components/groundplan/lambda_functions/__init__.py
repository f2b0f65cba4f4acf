"""AWS Lambda functions that run a module of this library: shared building blocks of
components."""

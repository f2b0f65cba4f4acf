"""Experiment tracking with MLflow, run by SageMaker or on a cluster."""

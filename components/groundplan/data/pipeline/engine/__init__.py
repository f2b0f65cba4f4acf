"""What runs of a pipeline do in the cloud: boto3 only, in Lambda."""

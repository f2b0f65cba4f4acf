"""Errors of tasks that pass by themselves."""

LAMBDA = [
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
]
"""Step Functions Developer Guide, "Handling transient Lambda service exceptions"."""

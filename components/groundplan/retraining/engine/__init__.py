"""The runs of a retraining pipeline: plain boto3 and the standard library, no Pulumi.

`steps` are what a run does, `journal` is what is known of it, `handler` is the Lambda
function that Step Functions calls for each step, `driver` takes the same steps without
Step Functions: from a CronJob on any Kubernetes, and in tests.
"""

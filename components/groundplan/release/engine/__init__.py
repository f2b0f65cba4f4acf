"""What runs in the cloud, and under the commands: plain boto3 and the standard library,
no Pulumi, no command line.

A release moves an endpoint to a version of the model registry. `releases` is the state
machine, `handler` the Lambda function that runs it on events; `groundplan release` runs
the same one for a person.
"""

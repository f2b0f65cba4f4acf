"""AWS's public layer of Powertools for AWS Lambda, with Pydantic."""

LAYER = "AWSLambdaPowertoolsPythonV3-python313-arm64:27"
"""Version 27 has Powertools 3.23. Powertools for AWS Lambda (Python), "Installation":
layers by region and partition (aws-powertools/powertools-lambda-python pull request
7757). Its tests run with the newest release of version 3, which keeps its
interfaces."""
ACCOUNT = "017000801446"
ACCOUNTS = {
    "cn-north-1": "498634801083",
    "us-gov-east-1": "165087284144",
    "us-gov-west-1": "165093116878",
}
"""The accounts of other partitions (same page)."""


def arn(partition: str, region: str) -> str:
    """Returns the ARN of the layer in a region."""
    return f"arn:{partition}:lambda:{region}:{ACCOUNTS.get(region, ACCOUNT)}:layer:{LAYER}"

"""AWS's public layer of Powertools for AWS Lambda, with Pydantic.

Source of versions, accounts and regions: aws-powertools/powertools-lambda-python,
docs/getting-started/install.md at 05d7b18, read 2026-11-28. GovCloud has older versions
than other partitions; which release of Powertools a version has isn't said there.
"""

LAYER = "AWSLambdaPowertoolsPythonV3-python313-arm64"
ACCOUNT, VERSION = "017000801446", 37
PLACES = {
    "cn-north-1": ("498634801083", 37),
    "us-gov-east-1": ("165087284144", 27),
    "us-gov-west-1": ("165093116878", 27),
}
"""Accounts and versions in other partitions, by region."""


def arn(partition: str, region: str) -> str:
    """Returns the ARN of the layer in a region.

    Raises ValueError for a region of another partition that has none.
    """
    if partition != "aws" and region not in PLACES:
        raise ValueError(
            f"{region} has no public layer of Powertools. Fix: set powertools_layer_arn"
        )
    account, version = PLACES.get(region, (ACCOUNT, VERSION))
    return f"arn:{partition}:lambda:{region}:{account}:layer:{LAYER}:{version}"

"""Region codes of AWS's usage types: `EUC1-NatGateway-Hours` is of eu-central-1."""

from collections.abc import Iterator, Mapping

CODES: Mapping[str, tuple[str, ...]] = {
    "af-south-1": ("AFS1",),
    "ap-east-1": ("APE1",),
    "ap-northeast-1": ("APN1",),
    "ap-northeast-2": ("APN2",),
    "ap-northeast-3": ("APN3",),
    "ap-south-1": ("APS3",),
    "ap-south-2": ("APS5",),
    "ap-southeast-1": ("APS1",),
    "ap-southeast-2": ("APS2",),
    "ap-southeast-3": ("APS4",),
    "ap-southeast-4": ("APS6",),
    "ca-central-1": ("CAN1",),
    "ca-west-1": ("CAN2",),
    "eu-central-1": ("EUC1",),
    "eu-central-2": ("EUC2",),
    "eu-north-1": ("EUN1",),
    "eu-south-1": ("EUS1",),
    "eu-south-2": ("EUS2",),
    "eu-west-1": ("EU", "EUW1"),
    "eu-west-2": ("EUW2",),
    "eu-west-3": ("EUW3",),
    "il-central-1": ("ILC1",),
    "me-central-1": ("MEC1",),
    "me-south-1": ("MES1",),
    "sa-east-1": ("SAE1",),
    "us-east-1": ("USE1",),
    "us-east-2": ("USE2",),
    "us-gov-east-1": ("UGE1",),
    "us-gov-west-1": ("UGW1",),
    "us-west-1": ("USW1",),
    "us-west-2": ("USW2",),
}
"""Amazon S3 User Guide, "AWS billing and usage reports": region codes in usage types.
Services that are older than the codes spell eu-west-1 `EU`."""

WITHOUT_PREFIX = "us-east-1"
"""The region whose usage types have no prefix, in services older than the codes."""


def spellings(filters: Mapping[str, str], region: str) -> Iterator[Mapping[str, str]]:
    """Yields the filters of a price in a region: once for each code of the region; none
    for a region whose code is not known, where a filter needs it."""
    if not any("{" in value for value in filters.values()):
        yield filters
        return
    for code in CODES.get(region, ()):
        prefix = "" if region == WITHOUT_PREFIX else f"{code}-"
        yield {
            name: value.replace("{region}", region)
            .replace("{code}", code)
            .replace("{prefix}", prefix)
            for name, value in filters.items()
        }

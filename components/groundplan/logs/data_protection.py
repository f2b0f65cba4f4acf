"""The data protection policy of a log group (Amazon CloudWatch Logs User Guide, "Data
protection policy syntax"). Pure."""

import json
from collections.abc import Sequence
from typing import Any

ARN = "arn:aws:dataprotection::aws:data-identifier/{0}"
"""The same in every partition and region (same guide, "Types of data that you can
protect")."""


def document(name: str, identifiers: Sequence[str]) -> str:
    """Returns the policy that finds and masks data. Both statements are required, with
    the same identifiers."""
    arns = [ARN.format(identifier) for identifier in identifiers]
    operations: dict[str, Any] = {
        "audit": {"Audit": {"FindingsDestination": {}}},
        "mask": {"Deidentify": {"MaskConfig": {}}},
    }
    return json.dumps(
        {
            "Name": name,
            "Version": "2021-06-01",
            "Statement": [
                {"Sid": sid, "DataIdentifier": arns, "Operation": operation}
                for sid, operation in operations.items()
            ],
        },
        sort_keys=True,
    )

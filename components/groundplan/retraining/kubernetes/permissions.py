"""What the driver may do in AWS: the engine's calls, on the runs of one endpoint. Pure.

Jobs need nothing here: they are the cluster's, and have the identity of their service
account.
"""

from collections.abc import Mapping
from typing import Any

from groundplan.iam import Statement
from groundplan.lambda_functions.permissions import allow
from groundplan.retraining.component import function_permissions
from groundplan.retraining.kubernetes.spec import KubernetesRetrainingSpec

TOPIC_KEY = ["kms:Decrypt", "kms:GenerateDataKey"]


def statements(spec: KubernetesRetrainingSpec, known: Mapping[str, Any]) -> list[Statement]:
    """Returns the statements on runs. `known`: the values of what were outputs."""
    found = [*function_permissions.run_statements(spec, known)]
    if results := known["results"]:
        bucket, _, folder = results.removeprefix("s3://").partition("/")
        partition = known["place"][0]
        objects = f"arn:{partition}:s3:::{bucket}/{folder.rstrip('/')}/*"
        found.append(allow("ReadResults", ["s3:GetObject"], [objects]))
        if bucket != known["bucket"]["bucket_name"]:
            own = f"arn:{partition}:s3:::{bucket}"
            listed = allow("ListResults", ["s3:ListBucket"], [own])
            prefixes = {"s3:prefix": f"{folder.rstrip('/')}/*"}
            found.append({**listed, "Condition": {"StringLike": prefixes}})
    found.append(allow("NotifyPeople", ["sns:Publish"], [known["topic"]]))
    if known["topic_key"]:
        found.append(allow("UseTopicKey", TOPIC_KEY, [known["topic_key"]]))
    return found

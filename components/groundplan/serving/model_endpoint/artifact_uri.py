"""URIs of folders and objects in the artifact bucket of an endpoint."""

import pulumi

from groundplan.serving.model_endpoint.spec import Artifacts


def object_uri(artifacts: Artifacts, key: str) -> pulumi.Output[str]:
    """Returns the S3 URI of an object or a folder."""
    return pulumi.Output.concat("s3://", artifacts.bucket_name, "/", key)


def folder_uri(artifacts: Artifacts, folder: str) -> pulumi.Output[str]:
    """Returns the S3 URI of a folder without the slash at its end, as SageMaker expects
    it.

    SageMaker joins the endpoint's name to it: with a slash, it would capture to
    `capture//`, which the execution role doesn't allow and Model Monitor doesn't find
    (aws/amazon-sagemaker-examples issue 1938).
    """
    return pulumi.Output.concat("s3://", artifacts.bucket_name, f"/{folder}".rstrip("/"))

"""What the workflow of images does with ECR: the calls of `aws ecr` in its script, and
those that a registry takes for each request of a push.

Amazon ECR User Guide, "IAM permissions for pushing an image to an Amazon ECR private
repository". Nothing is built here.
"""

import hashlib
import json
from typing import Any

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

LAYER = b"a layer"


def build_and_push(ecr: Any, url: str, commit: str) -> str:
    """Pushes an image to a repository, tagged with a commit. Returns its digest; empty
    where the commit was pushed before."""
    repository = url.partition("/")[2]
    ecr.get_authorization_token()
    try:
        ecr.describe_images(repositoryName=repository, imageIds=[{"imageTag": commit}])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ImageNotFoundException":
            raise
    else:
        return ""
    digest = _push(ecr, repository, commit)
    # The attested one has the same layers, and a tag of its own.
    _push(ecr, repository, f"attested-{digest.removeprefix('sha256:')}")
    return digest


def _push(ecr: Any, repository: str, tag: str) -> str:
    layer = f"sha256:{hashlib.sha256(LAYER).hexdigest()}"
    there = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[layer])
    if there["layers"][0]["layerAvailability"] != "AVAILABLE":
        upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
        part = {"partFirstByte": 0, "partLastByte": len(LAYER) - 1, "layerPartBlob": LAYER}
        ecr.upload_layer_part(repositoryName=repository, uploadId=upload, **part)
        ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[layer])
    # Before it writes a manifest, Docker asks whether the registry has it.
    ecr.batch_get_image(repositoryName=repository, imageIds=[{"imageTag": tag}])
    answer = ecr.put_image(
        repositoryName=repository, imageManifest=json.dumps(_manifest(layer, tag)), imageTag=tag
    )
    return str(answer["image"]["imageId"]["imageDigest"])


def _manifest(layer: str, tag: str) -> dict[str, Any]:
    media = "application/vnd.docker"
    return {
        "schemaVersion": 2,
        "mediaType": f"{media}.distribution.manifest.v2+json",
        "config": {
            "mediaType": f"{media}.container.image.v1+json",
            "size": len(tag),
            "digest": f"sha256:{hashlib.sha256(tag.encode()).hexdigest()}",
        },
        "layers": [
            {"mediaType": f"{media}.image.rootfs.diff.tar", "size": len(LAYER), "digest": layer}
        ],
    }


class Layers:
    """The layers of a registry, which moto does not have."""

    def __init__(self) -> None:
        self._there: set[tuple[str, str]] = set()

    def call(self, operation: str, params: Any) -> Any:
        """Answers a call on layers; `None` for any other."""
        repository = str(params.get("repositoryName", ""))
        if operation == "BatchCheckLayerAvailability":
            digests = params["layerDigests"]
            return {"layers": [self._state(repository, digest) for digest in digests]}
        if operation == "InitiateLayerUpload":
            return {"uploadId": repository, "partSize": 1 << 20}
        if operation == "UploadLayerPart":
            return {"uploadId": params["uploadId"], "lastByteReceived": params["partLastByte"]}
        if operation == "CompleteLayerUpload":
            self._there |= {(repository, digest) for digest in params["layerDigests"]}
            return {"uploadId": params["uploadId"], "layerDigest": params["layerDigests"][0]}
        return None

    def _state(self, repository: str, digest: str) -> dict[str, str]:
        there = (repository, digest) in self._there
        state = "AVAILABLE" if there else "UNAVAILABLE"
        return {"layerDigest": digest, "layerAvailability": state}

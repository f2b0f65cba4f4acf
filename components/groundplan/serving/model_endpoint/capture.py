"""What is kept of requests and responses."""

from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from groundplan.serving.model_endpoint.kinds import EndpointKind, kind_of

if TYPE_CHECKING:
    from groundplan.serving.model_endpoint.args import ModelEndpointArgs

MODES = ("Input", "Output")
CSV_TYPES, JSON_TYPES = ["text/csv"], ["application/json"]
"""Content of any other type would be kept as base64."""


class CaptureArgs(TypedDict):
    """What is kept of requests and responses. Changing any of it rolls the endpoint out
    anew."""

    percent: NotRequired[int]
    """Share of the requests that are kept, in percent. 0 keeps nothing. Default: 100;
    AWS advises less for much traffic."""
    prefix: NotRequired[str]
    """Folder in the artifact bucket; SageMaker adds the endpoint's name, the variant
    and the hour. Default: `capture/`."""


def capture_percent(args: "ModelEndpointArgs") -> int:
    """Share of the requests that are kept; without a bucket there is nowhere to keep
    them, and only real-time endpoints do."""
    if "artifacts" not in args or kind_of(args) is not EndpointKind.REAL_TIME:
        return 0
    return args.get("capture", {}).get("percent", 100)


def capture_prefix(args: "ModelEndpointArgs") -> str:
    """Folder in the artifact bucket for what is kept."""
    return args.get("capture", {}).get("prefix", "capture/")


def _destination(args: "ModelEndpointArgs") -> pulumi.Output[str]:
    # Without a slash at its end, as in AWS's own examples: SageMaker joins the
    # endpoint's name to it, and the role may not write to `capture//`, nor does Model
    # Monitor find it (aws/amazon-sagemaker-examples issue 1938).
    return pulumi.Output.concat(
        "s3://", args["artifacts"]["bucket_name"], f"/{capture_prefix(args)}".rstrip("/")
    )


def arguments(
    args: "ModelEndpointArgs",
) -> aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs | None:
    """What Pulumi's provider takes as `data_capture_config`."""
    if not capture_percent(args):
        return None
    return aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
        enable_capture=True,
        initial_sampling_percentage=capture_percent(args),
        destination_s3_uri=_destination(args),
        kms_key_id=args["artifacts"]["kms_key_arn"],
        capture_options=[
            aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
            for mode in MODES
        ],
        capture_content_type_header=aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureContentTypeHeaderArgs(
            csv_content_types=CSV_TYPES, json_content_types=JSON_TYPES
        ),
    )


def api_shape(args: "ModelEndpointArgs") -> dict[str, Any] | None:
    """What `CreateEndpointConfig` takes as `DataCaptureConfig`."""
    if not capture_percent(args):
        return None
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": capture_percent(args),
        "DestinationS3Uri": _destination(args),
        "KmsKeyId": args["artifacts"]["kms_key_arn"],
        "CaptureOptions": [{"CaptureMode": mode} for mode in MODES],
        "CaptureContentTypeHeader": {"CsvContentTypes": CSV_TYPES, "JsonContentTypes": JSON_TYPES},
    }

"""An endpoint's configuration: its variants and their instances, its queue, and what it
captures."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.serving.model_endpoint import asynchronous, capture, serverless, variants
from groundplan.serving.model_endpoint.variants import Variant

if TYPE_CHECKING:
    from groundplan.serving.model_endpoint.args import ModelEndpointArgs


def configuration(
    name: str,
    args: "ModelEndpointArgs",
    endpoint_name: str,
    models: Mapping[str, aws.sagemaker.Model],
    labels: tags.Tags,
    parent: pulumi.Resource,
) -> aws.sagemaker.EndpointConfiguration:
    """The configuration of the endpoint `name`."""
    copy = variants.shadow(args)
    # Named by Pulumi: a configuration can't be changed, so each change makes a new one
    # first. The old one is kept, like the old model: after a rollback SageMaker goes on
    # with it, unseen by the provider (terraform-provider-aws #48997).
    return aws.sagemaker.EndpointConfiguration(
        f"{name}-config",
        production_variants=[
            _production(variant, args, models) for variant in variants.production(args)
        ],
        shadow_production_variants=[_shadow(copy, args, models)] if copy else None,
        async_inference_config=_asynchronous(args, endpoint_name),
        data_capture_config=capture.arguments(args),
        kms_key_arn=args.get(
            "kms_key_arn"
        ),  # never with local NVMe: see `capacity.volume_problems`
        tags=labels,
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=True),
    )


def _common(
    variant: Variant, args: "ModelEndpointArgs", models: Mapping[str, aws.sagemaker.Model]
) -> dict[str, Any]:
    """What production and shadow variants have in common, but for the types of what
    they nest."""
    found: dict[str, Any] = {
        "variant_name": variant.name,
        "model_name": models[variant.name].name,
        "initial_variant_weight": variant.weight,
    }
    if "serverless" in args:
        return found
    return {
        **found,
        "instance_type": variant.instance_type,
        "initial_instance_count": variant.instance_count,
        "container_startup_health_check_timeout_in_seconds": args.get(
            "health_check_timeout_seconds"
        ),
        "model_data_download_timeout_in_seconds": args.get("model_download_timeout_seconds"),
        "volume_size_in_gb": args.get("volume_size_gb"),
        "inference_ami_version": args.get("inference_ami_version"),
    }


def _production(
    variant: Variant, args: "ModelEndpointArgs", models: Mapping[str, aws.sagemaker.Model]
) -> aws.sagemaker.EndpointConfigurationProductionVariantArgs:
    routing = capacity = None
    if "routing" in args:
        strategy = args["routing"].name
        routing = [
            aws.sagemaker.EndpointConfigurationProductionVariantRoutingConfigArgs(
                routing_strategy=strategy
            )
        ]
    if "serverless" in args:
        given = args["serverless"]
        capacity = aws.sagemaker.EndpointConfigurationProductionVariantServerlessConfigArgs(
            memory_size_in_mb=given.get("memory_mb", serverless.MEMORY_MB),
            max_concurrency=given.get("max_concurrency", serverless.CONCURRENCY),
            provisioned_concurrency=given.get("provisioned_concurrency"),
        )
    return aws.sagemaker.EndpointConfigurationProductionVariantArgs(
        **_common(variant, args, models), routing_configs=routing, serverless_config=capacity
    )


def _shadow(
    variant: Variant, args: "ModelEndpointArgs", models: Mapping[str, aws.sagemaker.Model]
) -> aws.sagemaker.EndpointConfigurationShadowProductionVariantArgs:
    routing = None
    if "routing" in args:
        strategy = args["routing"].name
        routing = [
            aws.sagemaker.EndpointConfigurationShadowProductionVariantRoutingConfigArgs(
                routing_strategy=strategy
            )
        ]
    return aws.sagemaker.EndpointConfigurationShadowProductionVariantArgs(
        **_common(variant, args, models), routing_configs=routing
    )


def _asynchronous(
    args: "ModelEndpointArgs", endpoint_name: str
) -> aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs | None:
    if "asynchronous" not in args:
        return None
    given, output = (
        args["asynchronous"],
        asynchronous.output_folder(args["asynchronous"], endpoint_name),
    )
    client = notification = None
    if "max_concurrent_invocations_per_instance" in given:
        client = aws.sagemaker.EndpointConfigurationAsyncInferenceConfigClientConfigArgs(
            max_concurrent_invocations_per_instance=given["max_concurrent_invocations_per_instance"]
        )
    told = asynchronous.topics(given)
    if told:
        notification = aws.sagemaker.EndpointConfigurationAsyncInferenceConfigOutputConfigNotificationConfigArgs(
            success_topic=given.get("success_topic_arn"),
            error_topic=given.get("error_topic_arn"),
            include_inference_response_ins=sorted(told) if given.get("include_response") else None,
        )
    return aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs(
        output_config=aws.sagemaker.EndpointConfigurationAsyncInferenceConfigOutputConfigArgs(
            s3_output_path=uri(args, output),
            s3_failure_path=uri(args, f"{output}failures/"),
            kms_key_id=args["artifacts"]["kms_key_arn"],
            notification_config=notification,
        ),
        client_config=client,
    )


def uri(args: "ModelEndpointArgs", folder: str) -> pulumi.Output[str]:
    """A folder of the artifact bucket, as SageMaker wants it: without the slash at its
    end."""
    return pulumi.Output.concat("s3://", args["artifacts"]["bucket_name"], "/", folder.rstrip("/"))


def api_variant(args: "ModelEndpointArgs") -> dict[str, Any]:
    """The only variant as `CreateEndpointConfig` takes it, without its model."""
    (variant,) = variants.production(args)
    found: dict[str, Any] = {"VariantName": variant.name, "InitialVariantWeight": variant.weight}
    if "serverless" in args:
        given = args["serverless"]
        capacity = {
            "MemorySizeInMB": given.get("memory_mb", serverless.MEMORY_MB),
            "MaxConcurrency": given.get("max_concurrency", serverless.CONCURRENCY),
            "ProvisionedConcurrency": given.get("provisioned_concurrency"),
        }
        return {**found, "ServerlessConfig": _present(capacity)}
    return {
        **found,
        **_present(
            {
                "InstanceType": variant.instance_type,
                "InitialInstanceCount": variant.instance_count,
                "ContainerStartupHealthCheckTimeoutInSeconds": args.get(
                    "health_check_timeout_seconds"
                ),
                "ModelDataDownloadTimeoutInSeconds": args.get("model_download_timeout_seconds"),
                "VolumeSizeInGB": args.get("volume_size_gb"),
                "InferenceAmiVersion": args.get("inference_ami_version"),
                "RoutingConfig": {"RoutingStrategy": args["routing"].name}
                if "routing" in args
                else None,
            }
        ),
    }


def api_asynchronous(args: "ModelEndpointArgs", endpoint_name: str) -> dict[str, Any] | None:
    """The queue as `CreateEndpointConfig` takes it in `AsyncInferenceConfig`."""
    if "asynchronous" not in args:
        return None
    given, output = (
        args["asynchronous"],
        asynchronous.output_folder(args["asynchronous"], endpoint_name),
    )
    told = asynchronous.topics(given)
    notification = {
        "SuccessTopic": given.get("success_topic_arn"),
        "ErrorTopic": given.get("error_topic_arn"),
        "IncludeInferenceResponseIn": sorted(told) if given.get("include_response") else None,
    }
    settings: dict[str, Any] = {
        "OutputConfig": _present(
            {
                "S3OutputPath": uri(args, output),
                "S3FailurePath": uri(args, f"{output}failures/"),
                "KmsKeyId": args["artifacts"]["kms_key_arn"],
                "NotificationConfig": _present(notification) if told else None,
            }
        )
    }
    if "max_concurrent_invocations_per_instance" in given:
        most = given["max_concurrent_invocations_per_instance"]
        settings["ClientConfig"] = {"MaxConcurrentInvocationsPerInstance": most}
    return settings


def _present(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}

"""The endpoint configuration: variants, queue and data capture."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan.serving.model_endpoint.artifact_uri import folder_uri
from groundplan.serving.model_endpoint.spec import EndpointSpec
from groundplan.serving.model_endpoint.variants import Variant

CAPTURE_MODES = ("Input", "Output")
CSV_TYPES, JSON_TYPES = ["text/csv"], ["application/json"]
"""SageMaker captures content of all other types as base64."""

Models = Mapping[str, aws.sagemaker.Model]
"""The models by the names of their variants."""


def create(
    spec: EndpointSpec, models: Models, parent: pulumi.Resource
) -> aws.sagemaker.EndpointConfiguration:
    """Creates the endpoint configuration."""
    # Named by Pulumi: a configuration is immutable, so each change creates another one
    # first. The old one is retained, like the old model: after a rollback SageMaker
    # continues with it, unseen by the provider (terraform-provider-aws #48997).
    return aws.sagemaker.EndpointConfiguration(
        f"{spec.name}-config",
        production_variants=[_production(spec, variant, models) for variant in spec.variants],
        shadow_production_variants=[_shadow(spec, spec.shadow, models)] if spec.shadow else None,
        async_inference_config=_queue(spec),
        data_capture_config=_capture(spec),
        kms_key_arn=spec.kms_key_arn,  # never with local NVMe: see `instance_validation`
        tags=spec.tags,
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=True),
    )


def _common(spec: EndpointSpec, variant: Variant, models: Models) -> dict[str, Any]:
    """Returns what production and shadow variants have in common."""
    common: dict[str, Any] = {
        "variant_name": variant.name,
        "model_name": models[variant.name].name,
        "initial_variant_weight": variant.weight,
    }
    if variant.serverless:
        return common
    return {
        **common,
        "instance_type": variant.instance_type,
        "initial_instance_count": variant.instance_count,
        "container_startup_health_check_timeout_in_seconds": spec.health_check_timeout_seconds,
        "model_data_download_timeout_in_seconds": spec.model_download_timeout_seconds,
        "volume_size_in_gb": spec.volume_size_gb,
        "inference_ami_version": spec.inference_ami_version,
    }


def _production(
    spec: EndpointSpec, variant: Variant, models: Models
) -> aws.sagemaker.EndpointConfigurationProductionVariantArgs:
    routing = serverless = None
    if spec.routing is not None:
        routing = [
            aws.sagemaker.EndpointConfigurationProductionVariantRoutingConfigArgs(
                routing_strategy=spec.routing.name
            )
        ]
    if variant.serverless:
        serverless = aws.sagemaker.EndpointConfigurationProductionVariantServerlessConfigArgs(
            memory_size_in_mb=variant.serverless.memory_mb,
            max_concurrency=variant.serverless.max_concurrency,
            provisioned_concurrency=variant.serverless.provisioned_concurrency,
        )
    return aws.sagemaker.EndpointConfigurationProductionVariantArgs(
        **_common(spec, variant, models), routing_configs=routing, serverless_config=serverless
    )


def _shadow(
    spec: EndpointSpec, variant: Variant, models: Models
) -> aws.sagemaker.EndpointConfigurationShadowProductionVariantArgs:
    routing = None
    if spec.routing is not None:
        routing = [
            aws.sagemaker.EndpointConfigurationShadowProductionVariantRoutingConfigArgs(
                routing_strategy=spec.routing.name
            )
        ]
    return aws.sagemaker.EndpointConfigurationShadowProductionVariantArgs(
        **_common(spec, variant, models), routing_configs=routing
    )


def _queue(
    spec: EndpointSpec,
) -> aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs | None:
    queue, artifacts = spec.queue, spec.artifacts
    if queue is None or artifacts is None:
        return None
    client = notification = None
    if queue.max_concurrent_invocations_per_instance is not None:
        client = aws.sagemaker.EndpointConfigurationAsyncInferenceConfigClientConfigArgs(
            max_concurrent_invocations_per_instance=queue.max_concurrent_invocations_per_instance
        )
    if queue.topics:
        notification = aws.sagemaker.EndpointConfigurationAsyncInferenceConfigOutputConfigNotificationConfigArgs(  # noqa: E501
            success_topic=queue.success_topic_arn,
            error_topic=queue.error_topic_arn,
            include_inference_response_ins=queue.response_topics,
        )
    return aws.sagemaker.EndpointConfigurationAsyncInferenceConfigArgs(
        output_config=aws.sagemaker.EndpointConfigurationAsyncInferenceConfigOutputConfigArgs(
            s3_output_path=folder_uri(artifacts, queue.response_folder),
            s3_failure_path=folder_uri(artifacts, queue.failure_folder),
            kms_key_id=artifacts.kms_key_arn,
            notification_config=notification,
        ),
        client_config=client,
    )


def _capture(
    spec: EndpointSpec,
) -> aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs | None:
    if spec.capture is None or spec.artifacts is None:
        return None
    return aws.sagemaker.EndpointConfigurationDataCaptureConfigArgs(
        enable_capture=True,
        initial_sampling_percentage=spec.capture.percent,
        destination_s3_uri=folder_uri(spec.artifacts, spec.capture.prefix),
        kms_key_id=spec.artifacts.kms_key_arn,
        capture_options=[
            aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureOptionArgs(capture_mode=mode)
            for mode in CAPTURE_MODES
        ],
        capture_content_type_header=aws.sagemaker.EndpointConfigurationDataCaptureConfigCaptureContentTypeHeaderArgs(
            csv_content_types=CSV_TYPES, json_content_types=JSON_TYPES
        ),
    )


# The same as `CreateEndpointConfig` takes it, for the release runtime.


def api_variant(spec: EndpointSpec) -> dict[str, Any]:
    """Returns the `ProductionVariant` of the only variant, without its model."""
    (variant,) = spec.variants
    common: dict[str, Any] = {"VariantName": variant.name, "InitialVariantWeight": variant.weight}
    if variant.serverless:
        capacity = {
            "MemorySizeInMB": variant.serverless.memory_mb,
            "MaxConcurrency": variant.serverless.max_concurrency,
            "ProvisionedConcurrency": variant.serverless.provisioned_concurrency,
        }
        return {**common, "ServerlessConfig": _present(capacity)}
    instances = {
        "InstanceType": variant.instance_type,
        "InitialInstanceCount": variant.instance_count,
        "ContainerStartupHealthCheckTimeoutInSeconds": spec.health_check_timeout_seconds,
        "ModelDataDownloadTimeoutInSeconds": spec.model_download_timeout_seconds,
        "VolumeSizeInGB": spec.volume_size_gb,
        "InferenceAmiVersion": spec.inference_ami_version,
        "RoutingConfig": {"RoutingStrategy": spec.routing.name} if spec.routing else None,
    }
    return {**common, **_present(instances)}


def api_queue(spec: EndpointSpec) -> dict[str, Any] | None:
    """Returns the `AsyncInferenceConfig`; None without a queue."""
    queue, artifacts = spec.queue, spec.artifacts
    if queue is None or artifacts is None:
        return None
    notification = {
        "SuccessTopic": queue.success_topic_arn,
        "ErrorTopic": queue.error_topic_arn,
        "IncludeInferenceResponseIn": queue.response_topics,
    }
    output = {
        "S3OutputPath": folder_uri(artifacts, queue.response_folder),
        "S3FailurePath": folder_uri(artifacts, queue.failure_folder),
        "KmsKeyId": artifacts.kms_key_arn,
        "NotificationConfig": _present(notification) if queue.topics else None,
    }
    config: dict[str, Any] = {"OutputConfig": _present(output)}
    most = queue.max_concurrent_invocations_per_instance
    if most is not None:
        config["ClientConfig"] = {"MaxConcurrentInvocationsPerInstance": most}
    return config


def api_capture(spec: EndpointSpec) -> dict[str, Any] | None:
    """Returns the `DataCaptureConfig`; None without data capture."""
    if spec.capture is None or spec.artifacts is None:
        return None
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": spec.capture.percent,
        "DestinationS3Uri": folder_uri(spec.artifacts, spec.capture.prefix),
        "KmsKeyId": spec.artifacts.kms_key_arn,
        "CaptureOptions": [{"CaptureMode": mode} for mode in CAPTURE_MODES],
        "CaptureContentTypeHeader": {"CsvContentTypes": CSV_TYPES, "JsonContentTypes": JSON_TYPES},
    }


def _present(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value is not None}

"""The model of a variant: the container image, the model data and the network."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from groundplan.serving.model_endpoint import model_data
from groundplan.serving.model_endpoint.artifact_uri import object_uri
from groundplan.serving.model_endpoint.spec import EndpointSpec
from groundplan.serving.model_endpoint.variants import Variant


def create(
    spec: EndpointSpec,
    variant: Variant,
    role_arn: pulumi.Input[str],
    security_group: aws.ec2.SecurityGroup | None,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> aws.sagemaker.Model:
    """Creates the model of a variant."""
    vpc = None
    if security_group is not None and spec.network is not None:
        vpc = aws.sagemaker.ModelVpcConfigArgs(
            subnets=spec.network.subnet_ids, security_group_ids=[security_group.id]
        )
    return aws.sagemaker.Model(
        f"{variant.prefix(spec.name)}-model",
        execution_role_arn=role_arn,
        primary_container=aws.sagemaker.ModelPrimaryContainerArgs(
            image=variant.image,
            environment=variant.environment or None,
            model_data_source=_source(spec, variant),
        ),
        enable_network_isolation=spec.network_isolation,
        vpc_config=vpc,
        tags=spec.tags,
        opts=pulumi.ResourceOptions(
            parent=parent,
            # SageMaker uses the role and the network as soon as there is an endpoint.
            depends_on=depends_on,
            # The provider plans another network as an update, and SageMaker can't
            # update a model: nothing would happen.
            replace_on_changes=["vpcConfig"],
            retain_on_delete=True,
        ),
    )


def _source(
    spec: EndpointSpec, variant: Variant
) -> aws.sagemaker.ModelPrimaryContainerModelDataSourceArgs | None:
    if variant.model_data is None or spec.artifacts is None:
        return None
    data_type, compression = model_data.s3_type(variant.model_data)
    return aws.sagemaker.ModelPrimaryContainerModelDataSourceArgs(
        s3_data_sources=[
            aws.sagemaker.ModelPrimaryContainerModelDataSourceS3DataSourceArgs(
                s3_uri=object_uri(spec.artifacts, variant.model_data),
                s3_data_type=data_type,
                compression_type=compression,
            )
        ]
    )

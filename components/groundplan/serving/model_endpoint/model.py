"""A variant's model: the container image, the files that it loads, and the network that
it runs in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from groundplan import tags
from groundplan.serving.model_endpoint import model_data
from groundplan.serving.model_endpoint.kinds import EndpointKind, kind_of
from groundplan.serving.model_endpoint.variants import Variant, prefix

if TYPE_CHECKING:
    from groundplan.serving.model_endpoint.args import ModelEndpointArgs


def model(
    name: str,
    variant: Variant,
    args: "ModelEndpointArgs",
    role_arn: pulumi.Input[str],
    security_group: aws.ec2.SecurityGroup | None,
    labels: tags.Tags,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> aws.sagemaker.Model:
    """The model of a variant of the endpoint `name`."""
    vpc = None
    if security_group is not None:
        vpc = aws.sagemaker.ModelVpcConfigArgs(
            subnets=args["network"]["subnet_ids"], security_group_ids=[security_group.id]
        )
    return aws.sagemaker.Model(
        f"{prefix(name, variant.name)}-model",
        execution_role_arn=role_arn,
        primary_container=aws.sagemaker.ModelPrimaryContainerArgs(
            image=variant.image,
            environment=variant.environment or None,
            model_data_source=_source(variant, args),
        ),
        enable_network_isolation=args.get(
            "network_isolation", kind_of(args) is not EndpointKind.SERVERLESS
        ),
        vpc_config=vpc,
        tags=labels,
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
    variant: Variant, args: "ModelEndpointArgs"
) -> aws.sagemaker.ModelPrimaryContainerModelDataSourceArgs | None:
    if variant.model_data is None:
        return None
    data_type, compression = model_data.s3_type(variant.model_data)
    return aws.sagemaker.ModelPrimaryContainerModelDataSourceArgs(
        s3_data_sources=[
            aws.sagemaker.ModelPrimaryContainerModelDataSourceS3DataSourceArgs(
                s3_uri=pulumi.Output.concat(
                    "s3://", args["artifacts"]["bucket_name"], "/", variant.model_data
                ),
                s3_data_type=data_type,
                compression_type=compression,
            )
        ]
    )

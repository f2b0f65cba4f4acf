"""The execution role of an endpoint, with the permissions that the endpoint needs."""

from collections.abc import Iterable, Sequence

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.iam import Statement
from groundplan.sagemaker import execution_role
from groundplan.serving.model_endpoint import model_data, release
from groundplan.serving.model_endpoint.spec import Artifacts, EndpointSpec
from groundplan.storage.access import read_statements, write_statements


class ExecutionRole:
    """The execution role of an endpoint, and its policy."""

    def __init__(
        self,
        spec: EndpointSpec,
        log_group_arn: pulumi.Input[str],
        rollback_alarm_arns: Sequence[pulumi.Input[str]],
        parent: pulumi.Resource,
    ) -> None:
        invoke, opts = pulumi.InvokeOptions(parent=parent), pulumi.ResourceOptions(parent=parent)
        images = [variant.image for variant in spec.all_variants if variant.image is not None]
        statements = execution_role.image_statements(images, invoke)
        statements += execution_role.telemetry_statements(log_group_arn, rollback_alarm_arns)
        if spec.artifacts is not None:
            statements += _data(spec, spec.artifacts)
        if spec.kms_key_arn is not None:
            statements += execution_role.volume_statements(spec.kms_key_arn)
        if spec.network is not None:
            statements += execution_role.network_statements(spec.network.vpc_id, invoke)
        self.role = aws.iam.Role(
            f"{spec.name}-role",
            description=f"What endpoint {spec.endpoint_name} may do",
            assume_role_policy=execution_role.trust(invoke),
            tags=spec.tags,
            opts=opts,
        )
        self.policy = aws.iam.RolePolicy(
            f"{spec.name}-role-policy",
            role=self.role.name,
            policy=iam.document(statements),
            opts=opts,
        )


def _data(spec: EndpointSpec, artifacts: Artifacts) -> list[Statement]:
    """Returns the statements for models, captured requests and the queue."""
    models = [variant.model_data for variant in spec.all_variants if variant.model_data is not None]
    folders = [model_data.versions_prefix(model) for model in models]
    if spec.release.from_registry and (spec.release.model_prefix or not folders):
        # SageMaker reads a version's model with the permissions of this role, whatever
        # the endpoint was created with.
        folders.append(spec.release.model_prefix or release.MODELS)
    statements = _read(artifacts, "Objects", folders)
    # SageMaker captures into a folder of the endpoint's own.
    written = f"{spec.capture.prefix}{spec.endpoint_name}/" if spec.capture else None
    topics: list[pulumi.Input[str]] = []
    if spec.queue is not None:
        statements |= _read(artifacts, "Requests", [spec.queue.request_folder])
        written = spec.queue.response_folder
        topics = list(spec.queue.topics.values())
    return [
        *statements.values(),
        *(
            write_statements(artifacts.bucket_arn, artifacts.kms_key_arn, written)
            if written is not None
            else []
        ),
        *(execution_role.topic_statements(topics) if topics else []),
    ]


def _read(artifacts: Artifacts, noun: str, folders: Iterable[str]) -> dict[str, Statement]:
    """Returns the statements, by Sid, that allow reading below some folders. `noun` is
    that of the Sids: `Objects`, `Requests`."""
    statements: dict[str, Statement] = {}
    for number, folder in enumerate(dict.fromkeys(folders), 1):
        for statement in read_statements(artifacts.bucket_arn, artifacts.kms_key_arn, folder):
            # One statement decrypts and one locates the bucket; each folder has its own
            # for reading and listing.
            sid = str(statement["Sid"])
            if sid in ("ReadObjects", "ListObjects"):
                sid = sid.replace("Objects", noun if number == 1 else f"{noun}{number}")
            statements.setdefault(sid, {**statement, "Sid": sid})
    return statements

"""What the plan role may do, beside `ReadOnlyAccess`: statements of IAM policies. Pure.

The role runs code of pull requests: it reads how resources are configured, and no data.
Of objects, functions and keys it reads those that a component registered: a refresh
compares them with the state, and what is in them comes from the program.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundplan.delivery.ci_access.statements import deny, deny_except
from groundplan.iam import Statement, allow

READ_ONLY = "ReadOnlyAccess"

DATA = (
    "aoss:APIAccessAll",
    "athena:GetQueryResults",
    "athena:GetQueryResultsStream",
    "bedrock-agentcore:GetEvent",
    "bedrock-agentcore:GetMemoryRecord",
    "bedrock-agentcore:RetrieveMemoryRecords",
    "bedrock:AgenticRetrieveStream",
    "bedrock:GetAgentMemory",
    "bedrock:GetDocumentContent",
    "bedrock:InvokeModel",
    "cassandra:Select",
    "cloudfront-keyvaluestore:Get*",
    "codeartifact:GetAuthorizationToken",
    "codeartifact:GetPackageVersionAsset",
    "codeartifact:ReadFromRepository",
    "codecommit:BatchGet*",
    "codecommit:Get*",
    "codecommit:GitPull",
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken*",
    "cognito-idp:List*",
    "dax:*",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:ReadDataForReplication",
    "dynamodb:Scan",
    "dynamodb:SearchVectors",
    "ec2:GetConsole*",
    "ec2:GetPasswordData",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "es:ESHttpGet",
    "forecast:Query*",
    "glacier:GetJobOutput",
    "glue:GetStatement",
    "healthlake:Read*",
    "healthlake:SearchWith*",
    "iotsitewise:Get*PropertyValue*",
    "kafka-cluster:ReadData",
    "kendra:Query",
    "kinesis:Get*",
    "kinesisvideo:Get*",
    "lambda:GetLayerVersion",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogObject",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "omics:Get*",
    "qldb:Get*",
    "rds-data:*",
    "rds:Download*",
    "redshift-data:*",
    "s3-object-lambda:GetObject*",
    "s3express:CreateSession",
    "s3tables:GetTableData",
    "s3vectors:GetVectors",
    "s3vectors:QueryVectors",
    "sagemaker:BatchGetRecord",
    "sagemaker:GetRecord",
    "sagemaker:InvokeEndpoint",
    "sdb:GetAttributes",
    "sdb:Select",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "sqs:ReceiveMessage",
    "ssm:GetCommandInvocation",
    "ssm:GetParameter*",
    "states:DescribeExecution",
    "states:GetExecutionHistory",
    "sts:AssumeRole",
    "timestream:Select",
)
"""Actions that return data, images, code or credentials. `ReadOnlyAccess` allows most
of them (AWS Managed Policy Reference). ecr:BatchGetImage, which a preflight calls, is
none: a manifest names layers, whose content ecr:GetDownloadUrlForLayer returns."""

MORE: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "ReadExports": (
        ("bcm-data-exports:GetExport", "bcm-data-exports:ListTagsForResource"),
        ("export/*",),
    ),
    "ReadIndexes": (("glue:GetPartitionIndexes",), ("catalog", "database/*", "table/*")),
    "ReadModelGroups": (("sagemaker:GetModelPackageGroupPolicy",), ("model-package-group/*",)),
}
"""What a refresh reads and `ReadOnlyAccess` lacks, as of its version 190: Sid ->
actions, and the resources that they are on."""
EXPORTS = "us-east-1"
"""Where the API of data exports is (AWS General Reference, "AWS Billing and Cost
Management endpoints and quotas")."""

OWN = "groundplan:component"
"""The tag of what a component registers (`tags.merged`)."""
DECRYPTING = ("lambda", "s3", "states")
"""Services that decrypt what a refresh reads: the variables of functions (AWS Lambda
Developer Guide, "Securing Lambda environment variables"), the checksums of objects
(Amazon S3 API Reference, HeadObject), and the definitions of state machines (AWS Step
Functions Developer Guide, "Data at rest encryption in Step Functions")."""


def plan(
    state_bucket_arn: str | None, key_arn: str | None, account_arn: str, regions: Sequence[str]
) -> list[Statement]:
    """Returns the statements of the plan role: no data but the state, which a preview
    reads without a lock."""
    objects = [f"{state_bucket_arn}/*"] if state_bucket_arn else []
    keys = [key_arn] if key_arn else []
    through = [f"{service}.{region}.amazonaws.com" for service in DECRYPTING for region in regions]
    statements = [
        deny("DenyData", DATA, ["*"]),
        deny(
            "DenyCode", ["lambda:GetFunction"], ["*"], condition=_tagged("aws:ResourceTag", "true")
        ),
        deny_except("DenyVersions", ["s3:GetObjectTorrent", "s3:GetObjectVersion"], objects),
        # An object that is not there has no tag either: its refresh is denied.
        deny_except(
            "DenyObjects",
            ["s3:GetObject"],
            objects,
            condition=_tagged("s3:ExistingObjectTag", "true"),
        ),
        deny_except("DenyKeys", ["kms:GenerateDataKey*", "kms:ReEncrypt*"], keys),
        deny_except(
            "DenyOtherKeys",
            ["kms:Decrypt"],
            keys,
            condition=_tagged("aws:ResourceTag", "true"),
        ),
        deny_except(
            "DenyDecryption",
            ["kms:Decrypt"],
            keys,
            condition={"StringNotEquals": {"kms:ViaService": through}},
        ),
        *_more(account_arn, regions),
        *_connections(account_arn, regions),
        allow(
            "ReadOwn",
            ["kms:Decrypt"],
            [f"{arn}key/*" for arn in _arns("kms", account_arn, regions)],
            condition=_tagged("aws:ResourceTag", "false"),
        ),
    ]
    if keys:
        statements.append(allow("ReadStateKey", ["kms:Decrypt"], keys))
    return statements


def _more(account_arn: str, regions: Sequence[str]) -> Iterator[Statement]:
    for sid, (actions, resources) in MORE.items():
        service = actions[0].partition(":")[0]
        arns = _arns(service, account_arn, [EXPORTS] if sid == "ReadExports" else regions)
        yield allow(sid, actions, [f"{arn}{resource}" for arn in arns for resource in resources])


def _arns(service: str, account_arn: str, regions: Sequence[str]) -> list[str]:
    """Returns the beginnings of a service's ARNs. `account_arn`:
    `arn:aws:iam::<account>`."""
    _, partition, _, _, account = account_arn.split(":")
    return [f"arn:{partition}:{service}:{region}:{account}:" for region in regions]


def _connections(account_arn: str, regions: Sequence[str]) -> list[Statement]:
    """Returns what reads the environment's connections of AWS Glue, and no other: they
    can have passwords. A connection is in the catalog, which has no tags (Service
    Authorization Reference, "AWS Glue")."""
    glue = _arns("glue", account_arn, regions)
    action = ["glue:GetConnection"]
    own = _tagged("aws:ResourceTag", "false")
    return [
        allow("ReadCatalog", action, [f"{each}catalog" for each in glue]),
        allow(
            "ReadOwnConnections", action, [f"{each}connection/*" for each in glue], condition=own
        ),
    ]


def _tagged(key: str, lacks: str) -> dict[str, Any]:
    """Returns the condition that a resource lacks the tag of components, or has it."""
    return {"Null": {f"{key}/{OWN}": lacks}}

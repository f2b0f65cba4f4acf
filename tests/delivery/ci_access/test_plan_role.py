"""What the plan role of CiAccess reads: configuration, and no data."""

import pytest
from iam_evaluation import decision
from registered_access import ACCOUNT, KEY, NAMES, access, known


def test_the_plan_role_reads_no_data_but_the_state() -> None:
    plan = access(github=NAMES, state={"bucket_name": "state", "kms_key_arn": KEY})
    attached = plan.one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "ci-plan-read-only")
    assert attached.inputs["policyArn"] == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    document = plan.one("aws:iam/rolePolicy:RolePolicy", "ci-plan-policy").inputs["policy"]
    denied = [
        ("s3:GetObject", "arn:aws:s3:::datasets/customers.csv"),
        ("s3:GetObjectVersion", "arn:aws:s3:::states/x"),
        ("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:us-east-1:1:secret:db"),
        ("ssm:GetParametersByPath", "arn:aws:ssm:us-east-1:1:parameter/x"),
        ("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/other"),
        ("logs:GetLogEvents", "arn:aws:logs:us-east-1:1:log-group:x"),
        ("lambda:GetFunction", "arn:aws:lambda:us-east-1:1:function:x"),
        ("ecr:GetDownloadUrlForLayer", "arn:aws:ecr:us-east-1:1:repository/x"),
        ("states:GetExecutionHistory", "arn:aws:states:us-east-1:1:execution:x:1"),
        ("sts:AssumeRole", f"{ACCOUNT}:role/admin"),
        ("athena:GetQueryResults", "*"),
    ]
    assert [one for one in denied if decision(document, *one, {}) != "Deny"] == []
    assert decision(document, "s3:GetObject", "arn:aws:s3:::state/.pulumi/x.json", {}) == ""
    assert decision(document, "kms:Decrypt", KEY, {}) == "Allow"
    assert decision(document, "s3:PutObject", "arn:aws:s3:::state/x.json", {}) != "Allow"


FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:churn-checks"
OBJECT = "arn:aws:s3:::artifacts/pipelines/clean.py"
OWN_KEY = "arn:aws:kms:us-east-1:123456789012:key/artifacts"
GLUE = "arn:aws:glue:us-east-1:123456789012"
TAGGED = {"aws:ResourceTag/groundplan:component": "churn"}
OWN_OBJECT = {"s3:ExistingObjectTag/groundplan:component": "churn"}
BY_LAMBDA = {"kms:ViaService": "lambda.us-east-1.amazonaws.com"}
BY_S3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com"}
BY_STATES = {"kms:ViaService": "states.us-east-1.amazonaws.com"}
IMAGE = "arn:aws:ecr:us-east-1:123456789012:repository/serving"
BY_SECRETS = {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [
        ("lambda:GetFunction", FUNCTION, TAGGED, ""),  # ReadOnlyAccess allows it
        ("lambda:GetFunction", FUNCTION, {"aws:ResourceTag/team": "other"}, "Deny"),
        ("s3:GetObject", OBJECT, OWN_OBJECT, ""),
        ("s3:GetObject", OBJECT, {"s3:ExistingObjectTag/team": "other"}, "Deny"),
        ("s3:GetObjectVersion", OBJECT, OWN_OBJECT, "Deny"),
        ("kms:Decrypt", OWN_KEY, {**TAGGED, **BY_LAMBDA}, "Allow"),
        ("kms:Decrypt", OWN_KEY, {**TAGGED, **BY_S3}, "Allow"),
        ("kms:Decrypt", OWN_KEY, {**TAGGED, **BY_STATES}, "Allow"),
        ("ecr:BatchGetImage", IMAGE, {}, ""),
        ("kms:Decrypt", OWN_KEY, TAGGED, "Deny"),
        ("kms:Decrypt", OWN_KEY, {**TAGGED, **BY_SECRETS}, "Deny"),
        ("kms:Decrypt", OWN_KEY, BY_LAMBDA, "Deny"),
        ("kms:GenerateDataKey", OWN_KEY, {**TAGGED, **BY_S3}, "Deny"),
        ("glue:GetConnection", f"{GLUE}:connection/lake", TAGGED, "Allow"),
        ("glue:GetConnection", f"{GLUE}:catalog", {}, "Allow"),
        ("glue:GetConnection", f"{GLUE}:connection/lake", {}, ""),  # nor does ReadOnlyAccess
    ],
    ids=str,
)
def test_the_plan_role_reads_what_components_uploaded_and_nothing_like_it(
    action: str, resource: str, context: dict[str, str], expected: str
) -> None:
    plan = access(github=NAMES, state={"bucket_name": "state", "kms_key_arn": KEY})
    policy = plan.one("aws:iam/rolePolicy:RolePolicy", "ci-plan-policy")
    document = known(policy.inputs["policy"])
    assert decision(document, action, resource, context) == expected

"""moto's enforcement of IAM allows what a counterexample says, and refuses it once the
teams are isolated."""

import json
import random
import re
from collections.abc import Callable
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from groundplan.proof import Counterexample, Layer, Verdict, prove
from isolation_mutations import (
    a_deny_that_does_not_apply,
    a_folder_that_both_write,
    a_managed_policy,
    a_not_action,
    a_policy_of_the_plan_that_is_attached,
    a_widened_prefix,
    a_wildcard_as_resource,
    an_entry_that_is_not_named,
    an_inline_policy,
)
from isolation_plans import Data, faulty, isolated, manifest, named
from moto import mock_aws
from moto.core import set_initial_no_auth_action_count

SESSION = boto3.session.Session("testing", "testing", region_name="us-east-1")
"""One for all: reading the models of the services takes longer than the requests."""

ACCOUNT = "123456789012"
BUCKET = "artifacts"


def concrete(text: str) -> str:
    """Returns a text with names in place of the symbols of its cloud."""
    text = text.replace("${artifacts-bucket.arn}", f"arn:aws:s3:::{BUCKET}")
    text = text.replace("${artifacts-bucket.bucket}", BUCKET)
    text = text.replace("${aws.accountId}", ACCOUNT)
    text = text.replace("?", ".")  # moto matches by regular expressions, and knows only *
    text = re.sub(r"\$\{([\w-]*)\.arn\}", rf"arn:aws:any:us-east-1:{ACCOUNT}:\1", text)
    return re.sub(r"\$\{([^{}]*)\}", lambda m: re.sub(r"\W", "-", m[1]), text)


def create_role(iam: Any, data: Data, name: str) -> None:
    """Creates a role of a plan with its policies."""
    role = named(data, name)["inputs"]
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=concrete(role["assumeRolePolicy"]))
    documents = [entry["policy"] for entry in role.get("inlinePolicies", ())]
    for resource in data["resources"]:
        holders = json.dumps([resource["inputs"].get(key) for key in ("role", "roles")])
        if f"${{{name}." not in holders:
            continue
        if resource["type"].endswith(":RolePolicy"):
            documents.append(resource["inputs"]["policy"])
        elif "${shared.arn}" in resource["inputs"]["policyArn"]:
            documents.append(named(data, "shared")["inputs"]["policy"])
        else:
            iam.attach_role_policy(RoleName=name, PolicyArn=resource["inputs"]["policyArn"])
    for arn in role.get("managedPolicyArns", ()):
        iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    for number, document in enumerate(documents):
        iam.put_role_policy(
            RoleName=name, PolicyName=f"policy-{number}", PolicyDocument=concrete(document)
        )


def is_allowed(data: Data, role: str, action: str, key: str) -> bool:
    """Returns whether moto lets the pods of a role read or write an object."""
    outcome = []
    # moto takes seconds to load AWS's own policies.
    managed = "arn:aws:iam::aws:policy/" in json.dumps(data)

    @mock_aws(config={"iam": {"load_aws_managed_policies": managed}})
    def check() -> None:
        iam = SESSION.client("iam")
        s3 = SESSION.client("s3")
        create_role(iam, data, role)
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
        sts = SESSION.client("sts")
        arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
        session = sts.assume_role(RoleArn=arn, RoleSessionName="pod")["Credentials"]
        as_role = SESSION.client(
            "s3",
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
        requests: dict[str, Callable[[], object]] = {
            "s3:GetObject": lambda: as_role.get_object(Bucket=BUCKET, Key=key),
            "s3:PutObject": lambda: as_role.put_object(Bucket=BUCKET, Key=key, Body=b""),
        }

        @set_initial_no_auth_action_count(0)
        def request() -> None:
            requests[action]()

        try:
            request()
        except ClientError as error:
            outcome.append(str(error.response["Error"]["Code"]))
        else:
            outcome.append("allowed")

    check()
    assert outcome[0] in ("allowed", "AccessDenied")
    return outcome[0] == "allowed"


def key_of(found: Counterexample) -> str:
    """Returns the key of the object in a counterexample."""
    bucket, key = concrete(found.resource).removeprefix("arn:aws:s3:::").split("/", 1)
    assert bucket == BUCKET
    return key


def counterexamples(data: Data) -> list[Counterexample]:
    """Returns the counterexamples that are requests to S3."""
    return [
        result.counterexample
        for result in prove(manifest(data)).of(Verdict.REFUTED)
        if result.layer is Layer.OBJECTS and result.counterexample is not None
    ]


def test_moto_confirms_the_faults_of_the_plan() -> None:
    data = faulty()
    found = counterexamples(data)
    assert len(found) >= 10
    for one in found:
        role = one.principal.removeprefix("role ")
        assert is_allowed(data, role, one.action, key_of(one)), one
        assert not is_allowed(isolated(), role, one.action, key_of(one)), one


PLANTED = [
    a_wildcard_as_resource,
    a_widened_prefix,
    a_not_action,
    a_policy_of_the_plan_that_is_attached,
    an_inline_policy,
    a_deny_that_does_not_apply,
    an_entry_that_is_not_named,
    a_folder_that_both_write,
]


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
@pytest.mark.parametrize("seed", range(2))
def test_moto_confirms_a_planted_fault(plant: Callable[..., object], seed: int) -> None:
    data = isolated()
    plant(data, "research", "forecasting", random.Random(seed))  # noqa: S311
    role = "training-team-research-access"
    found = [
        one
        for one in counterexamples(data)
        if one.principal == f"role {role}" and one.action in ("s3:GetObject", "s3:PutObject")
    ]
    assert found
    assert is_allowed(data, role, found[0].action, key_of(found[0])), found[0]
    assert not is_allowed(isolated(), role, found[0].action, key_of(found[0]))


def test_moto_confirms_a_managed_policy_of_aws() -> None:
    data = isolated()
    a_managed_policy(data, "research", "forecasting", random.Random(0))  # noqa: S311
    (found, *_) = (one for one in counterexamples(data) if "research" in one.principal)
    role = found.principal.removeprefix("role ")
    assert is_allowed(data, role, found.action, key_of(found))

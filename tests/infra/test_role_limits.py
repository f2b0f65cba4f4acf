"""The path and the permissions boundary of an environment's roles."""

import json
from typing import Any

import pytest
import registration
from configuration import InvalidSettings, describe
from groundplan.testing import Plan, deploy

BOUNDARY = "arn:aws:iam::123456789012:policy/groundplan-boundaries/prod-ci"
ROLE, BUCKET = "aws:iam/role:Role", "aws:s3/bucket:Bucket"
SECTIONS: dict[str, Any] = {
    "endpoints": {
        "churn": {
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1.4",
            "modelData": "models/churn/1/model.tar.gz",
            "instanceType": "ml.m5.large",
        }
    }
}


def environment(**sections: Any) -> Plan:
    values = {
        f"groundplan:{key}": json.dumps(value) for key, value in {**SECTIONS, **sections}.items()
    }
    described = describe("groundplan", "test", {"aws:region": "us-east-1", **values})
    return deploy(lambda: registration.register(described), region="us-east-1")


def test_all_roles_have_the_path_and_the_boundary() -> None:
    iam = {"path": "/groundplan/prod/", "permissionsBoundaryArn": BOUNDARY}
    roles = environment(iam=iam).all(ROLE).values()
    assert len(roles) == 2
    found = {(r.inputs.get("path"), r.inputs.get("permissionsBoundary")) for r in roles}
    assert found == {("/groundplan/prod/", BOUNDARY)}


def test_other_resources_have_neither() -> None:
    for bucket in environment(iam={"path": "/x/"}).all(BUCKET).values():
        assert "path" not in bucket.inputs


def test_roles_have_neither_by_default() -> None:
    for role in environment().all(ROLE).values():
        assert not {"path", "permissionsBoundary"} & set(role.inputs)


def test_wrong_values_are_refused() -> None:
    with pytest.raises(InvalidSettings) as caught:
        environment(iam={"path": "prod", "permissionsBoundaryArn": "limit"})
    assert "iam.path" in str(caught.value)
    assert "iam.permissionsBoundaryArn" in str(caught.value)

import datetime
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pytest
from groundplan import AcceptedFinding, AcceptedFindingArgs, InvalidArguments
from groundplan.acceptance.validation import of_date
from groundplan.manifest.accepted_findings import acceptances
from groundplan.testing import Plan, deploy

TYPE = "groundplan:index:AcceptedFinding"
ARGS: dict[str, Any] = {
    "rule": "bucket-versioned",
    "reason": "generated again every night",
    "owner": "ml-platform",
    "expires": "2027-02-28",
}


FAR: Any = {**ARGS, "expires": "9999-12-31"}


def accepted(**args: Any) -> Plan:
    def program() -> None:
        bucket = aws.s3.Bucket("logs")
        resource = args.pop("resource", bucket.urn)
        AcceptedFinding("logs", cast(AcceptedFindingArgs, {**ARGS, **args, "resource": resource}))

    return deploy(program)


def test_it_is_registered_with_its_arguments_and_has_no_children() -> None:
    plan = accepted()
    (bucket,) = plan.manifest.of_type("aws:s3/bucket:Bucket")
    registered = plan.one(TYPE)
    assert dict(registered.inputs) == {**ARGS, "resource": bucket.urn}
    assert plan.manifest.children(registered) == ()


def test_a_preview_reads_it_with_the_line_of_the_program() -> None:
    plan = accepted()
    (only,) = acceptances(plan.manifest)
    assert only.resource == plan.one("aws:s3/bucket:Bucket").urn
    assert only.in_program
    assert (only.owner, str(only.expires)) == ("ml-platform", "2027-02-28")


def test_a_component_of_that_type_is_enough_without_the_library() -> None:
    def program() -> None:
        pulumi.ComponentResource(TYPE, "logs", {**ARGS, "resourcePattern": "scratch-*"})

    (only,) = acceptances(deploy(program).manifest)
    assert (only.resource, only.is_pattern) == ("scratch-*", True)


def test_wrong_arguments_are_refused_at_once_and_register_nothing() -> None:
    with pytest.raises(InvalidArguments) as caught:
        accepted(reason="no", expires="soon", resource="*")
    assert {problem.key for problem in caught.value.problems} == {"reason", "expires", "resource"}


def test_a_year_ahead_is_counted_from_any_day() -> None:
    last = datetime.date.max
    assert of_date(FAR, last) == []
    assert len(of_date(FAR, datetime.date(9998, 12, 1))) == 1

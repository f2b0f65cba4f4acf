"""Risks of single settings: members that a list loses, names and ports that change,
parameters of databases, sizes of groups, what pods are told."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from groundplan.diff.changes import Kind
from risk_changes import change, resource, stated

ROWS = Path(__file__).with_name("single_settings.txt")
"""One change in each line."""


def rows() -> list[list[str]]:
    lines = ROWS.read_text(encoding="utf-8").splitlines()
    return [line.split(" | ") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("type_", "old", "new", "expected"), rows())
def test_a_setting_that_others_notice_is_told_once(
    type_: str, old: str, new: str, expected: str
) -> None:
    sides = [resource(type_, "x", **yaml.safe_load(side)) for side in (old, new)]
    found = [f"{level} {kind}" for level, kind, _ in stated(change(sides[0], sides[1]))]
    assert found == ([] if expected == "-" else [expected])


@pytest.mark.parametrize("type_", ["rds/cluster:Cluster", "docdb/cluster:Cluster"])
def test_another_port_of_a_database_is_a_medium_risk(type_: str) -> None:
    sides = [resource(f"aws:{type_}", "db", port=number) for number in (5432, 5433)]
    levels = [
        level for level, _, words in stated(change(sides[0], sides[1])) if "another port" in words
    ]
    assert levels == ["medium"]


@pytest.mark.parametrize("access", ["DISABLED", "SERVICE_PROVIDED_EIPS"])
def test_public_access_to_kafka_is_a_high_risk(access: str) -> None:
    def kafka(type_: str) -> Any:
        connectivity = {"connectivityInfo": {"publicAccess": {"type": type_}}}
        return resource("aws:msk/cluster:Cluster", "k", brokerNodeGroupInfo=connectivity)

    levels = [level for level, kind, _ in stated(change(kafka("DISABLED"), kafka(access)))]
    assert ("high" in levels) == (access != "DISABLED")


def test_what_a_bucket_serves_goes_with_it() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "b")
    type_ = "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
    site = resource(type_, "site", {"bucket": bucket})
    alone = [words for *_, words in stated(change(site, None), also=(bucket,))]
    words = "The bucket website configuration site is deleted: nobody can read its pages any more."
    assert alone == [words]
    both = stated(change(site, None), change(bucket, None))
    assert not [each for *_, each in both if "site" in each]


def test_a_replaced_listener_rule_is_no_risk() -> None:
    sides = [resource("aws:lb/listenerRule:ListenerRule", "r", priority=n) for n in (1, 2)]
    assert stated(change(sides[0], sides[1], Kind.REPLACE)) == []

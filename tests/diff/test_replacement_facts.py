"""The replacement facts of properties below blocks, and of types whose provider sets
defaults."""

import json
from importlib import resources
from typing import Any

import pytest
from groundplan.diff.changes import ABSENT
from groundplan.diff.properties import Differ
from groundplan.diff.replacement import replacement_facts

MSK = "aws:msk/cluster:Cluster"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
FIREHOSE = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
BROKERS = {"instanceType": "kafka.m5.large", "clientSubnets": ["a", "b"], "securityGroups": ["s"]}
CACHE = "aws:elasticache/serverlessCache:ServerlessCache"


def replaces(type_: str, old: dict[str, Any], new: dict[str, Any]) -> list[bool | None]:
    facts = replacement_facts(type_)
    return [facts.replaces(d) for d in Differ(facts.unordered).differences(old, new)]


@pytest.mark.parametrize(
    ("type_", "old", "new", "expected"),
    [
        (
            MSK,
            {"brokerNodeGroupInfo": BROKERS},
            {"brokerNodeGroupInfo": {**BROKERS, "instanceType": "kafka.m5.xlarge"}},
            False,
        ),
        (
            MSK,
            {"brokerNodeGroupInfo": BROKERS},
            {
                "brokerNodeGroupInfo": {
                    **BROKERS,
                    "storageInfo": {"ebsStorageInfo": {"volumeSize": 200}},
                }
            },
            False,
        ),
        (
            MSK,
            {"brokerNodeGroupInfo": BROKERS},
            {
                "brokerNodeGroupInfo": {
                    **BROKERS,
                    "connectivityInfo": {"publicAccess": {"type": "DISABLED"}},
                }
            },
            False,
        ),
        (
            MSK,
            {"brokerNodeGroupInfo": BROKERS},
            {"brokerNodeGroupInfo": {**BROKERS, "clientSubnets": ["a", "c"]}},
            True,
        ),
        (
            MSK,
            {"encryptionInfo": {"encryptionInTransit": {"clientBroker": "TLS"}}},
            {"encryptionInfo": {"encryptionInTransit": {"clientBroker": "TLS_PLAINTEXT"}}},
            False,
        ),
        (
            MSK,
            {"encryptionInfo": {"encryptionInTransit": {"inCluster": True}}},
            {"encryptionInfo": {"encryptionInTransit": {"inCluster": False}}},
            True,
        ),
        (
            LIFECYCLE,
            {"rules": [{"id": "a", "status": "Enabled", "expiration": {"days": 30}}]},
            {"rules": [{"id": "a", "status": "Enabled", "expiration": {"days": 90}}]},
            False,
        ),
        (
            FIREHOSE,
            {"opensearchConfiguration": {"bufferingInterval": 60}},
            {"opensearchConfiguration": {"bufferingInterval": 300}},
            False,
        ),
        (
            FIREHOSE,
            {"opensearchConfiguration": {"s3BackupMode": "AllDocuments"}},
            {"opensearchConfiguration": {"s3BackupMode": "FailedDocumentsOnly"}},
            True,
        ),
        (CACHE, {"description": "a"}, {"description": "b"}, False),
        (CACHE, {"kmsKeyId": "a"}, {"kmsKeyId": "b"}, True),
        (CACHE, {"tags": {"a": "b"}}, {"tags": {"a": "c"}}, False),
        ("aws:docdb/elasticCluster:ElasticCluster", {"shardCount": 1}, {"shardCount": 2}, False),
    ],
)
def test_a_property_below_a_block_is_judged_by_itself(
    type_: str, old: dict[str, Any], new: dict[str, Any], expected: bool
) -> None:
    assert replaces(type_, old, new) == [expected]


def test_tags_force_replacement_only_of_what_consists_of_them() -> None:
    text = resources.files("groundplan.facts").joinpath("replacements-aws.json").read_text("utf-8")
    forced = {
        token
        for token, entry in json.loads(text)["types"].items()
        if entry.get("replaces", {}).get("tags", "0")[0] == "1"
    }
    assert forced == {
        "aws:fis/experimentTemplate:ExperimentTemplate",
        "aws:inspector/resourceGroup:ResourceGroup",
        "aws:ssm/activation:Activation",
    }


def test_a_block_that_is_added_is_judged_by_what_it_contains() -> None:
    info = {"encryptionInfo": {"encryptionAtRestKmsKeyArn": "arn"}}
    (difference,) = Differ().differences({}, info)
    assert difference.old is ABSENT
    assert replacement_facts(MSK).replaces(difference) is None

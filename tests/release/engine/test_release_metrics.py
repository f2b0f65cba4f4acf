"""Metrics documents of a version, in the groundplan and SageMaker formats."""

import hashlib
import json
import math
from typing import Any

import pytest
from groundplan.release.engine import metrics
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.metrics import Metric
from groundplan.release.engine.releases import Releases
from groundplan.release.engine.version_record import ModelTask, metrics_document

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/4"


def test_a_document_of_our_own_form_is_read_whole() -> None:
    side = {
        "metrics": {"auc": {"value": 0.9, "higher_is_better": True, "count": 100, "stderr": 0.01}},
        "slices": {"country=DE": {"auc": {"value": 1, "n": 7}}},
    }
    parsed = metrics.parse(
        {"schema": 1, "dataset": "november", **side, "champion": {"package_arn": ARN, **side}}, "x"
    )

    assert parsed.measured.overall == {"auc": Metric(0.9, True, 100, 0.01)}
    assert parsed.measured.slices == {
        "country=DE": {"auc": Metric(1.0, True, 7)}
    }  # auc is known to be better when higher
    assert parsed.measured.dataset == "november"
    assert parsed.champion_arn == ARN
    assert parsed.champion == parsed.measured


def test_sagemaker_s_form_is_read_with_its_directions_and_without_its_deviations() -> None:
    # SageMaker AI Developer Guide, "Model quality metrics and Amazon CloudWatch
    # monitoring".
    document = {
        "version": 0.0,
        "binary_classification_metrics": {
            "confusion_matrix": {"0": {"0": 1, "1": 2}},
            "recall": {"value": 1.0, "standard_deviation": "NaN"},
            "false_positive_rate": {"value": "NaN", "standard_deviation": 0.1},
            "receiver_operating_characteristic_curve": {"false_positive_rates": [0, 1]},
            "profit": {"value": 3},
        },
        "regression_metrics": {"mae": {"value": 0.4, "standard_deviation": 0.004}},
    }
    parsed = metrics.parse(document, "x").measured.overall

    assert parsed["recall"] == Metric(1.0, True)
    assert parsed["mae"] == Metric(0.4, False)
    assert parsed["profit"] == Metric(3.0, None)
    assert math.isnan(parsed["false_positive_rate"].value)
    assert set(parsed) == {"recall", "false_positive_rate", "profit", "mae"}


def test_what_a_registration_writes_is_read() -> None:
    text = metrics_document(
        ModelTask.BINARY_CLASSIFICATION, {"auc": 0.9}, {"country=DE": {"auc": 0.8}}
    )
    parsed = metrics.parse(json.loads(text), "x").measured
    assert parsed.overall == {"auc": Metric(0.9, True)}
    assert parsed.slices == {"country=DE": {"auc": Metric(0.8, True)}}


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "document is []. Allowed: a JSON object"),
        ({"schema": 2, "metrics": {"auc": {"value": 1}}}, "schema is 2. Allowed: 1"),
        (
            {},
            (
                "metrics is missing. Allowed: an object of metrics, or one of "
                "binary_classification_metrics"
            ),
        ),
        ({"metrics": [1]}, "metrics is [1]"),
        ({"metrics": {"auc": 0.9}}, 'metrics.auc is 0.9. Allowed: an object: {"value": 0.91'),
        ({"metrics": {"auc": {}}}, "metrics.auc.value is missing. Allowed: a number"),
        ({"metrics": {"auc": {"value": "high"}}}, 'metrics.auc.value is "high"'),
        ({"metrics": {"auc": {"value": True}}}, "metrics.auc.value is true"),
        (
            {"metrics": {"auc": {"value": 1, "higher_is_better": "yes"}}},
            'metrics.auc.higher_is_better is "yes"',
        ),
        ({"metrics": {"auc": {"value": 1, "count": -1}}}, "metrics.auc.count is -1"),
        ({"metrics": {"auc": {"value": 1, "stderr": -1}}}, "metrics.auc.stderr is -1"),
        ({"metrics": {"auc": {"value": 1}}, "slices": {"DE": {"auc": 1}}}, "slices.DE.auc is 1"),
        ({"metrics": {"auc": {"value": 1}}, "slices": []}, "slices is []"),
        (
            {"metrics": {"auc": {"value": 1}}, "champion": {"metrics": {}}},
            "champion.package_arn is missing",
        ),
        ({"metrics": {"auc": {"value": 1}}, "champion": 6}, "champion is 6"),
    ],
)
def test_invalid_document_is_refused_with_reason(document: Any, message: str) -> None:
    with pytest.raises(Refused) as refused:
        metrics.parse(document, "s3://artifacts/metrics.json")
    assert "The metrics s3://artifacts/metrics.json can't be read" in str(refused.value)
    assert message in str(refused.value)


# From a model package.


def registered(
    cloud: Any,
    body: bytes | None,
    digest: str | None = None,
    uri: str = "s3://artifacts/metrics.json",
) -> None:
    if body is not None:
        cloud.client("s3").put_object(Bucket="artifacts", Key="metrics.json", Body=body)
    source = {"ContentType": "application/json", "S3Uri": uri} | (
        {"ContentDigest": digest} if digest else {}
    )
    assert cloud.package("churn", ModelMetrics={"ModelQuality": {"Statistics": source}}) == ARN


BODY = json.dumps({"metrics": {"auc": {"value": 0.9}}}).encode()
DIGEST = f"sha256:{hashlib.sha256(BODY).hexdigest()}"


@pytest.mark.parametrize("digest", [None, DIGEST])
def test_read_returns_document_with_uri_and_digest(
    cloud: Any, releases: Releases, digest: str | None
) -> None:
    registered(cloud, BODY, digest)
    parsed = metrics.read(releases._clients, ARN)
    assert parsed is not None
    assert (parsed.uri, parsed.digest) == ("s3://artifacts/metrics.json", DIGEST)
    assert parsed.measured.overall["auc"].value == 0.9


def test_a_version_may_have_none_or_be_gone(cloud: Any, releases: Releases) -> None:
    cloud.package("churn")
    assert metrics.read(releases._clients, ARN) is None
    assert metrics.read(releases._clients, ARN.replace("/4", "/40")) is None


@pytest.mark.parametrize(
    ("body", "digest", "uri", "message"),
    [
        (
            BODY,
            "sha256:" + "0" * 64,
            "s3://artifacts/metrics.json",
            "are not those that were registered",
        ),
        (b"{", None, "s3://artifacts/metrics.json", "are not JSON"),
        (None, None, "s3://artifacts/metrics.json", "are gone. Fix: restore them"),
        (None, None, "s3://artifacts/folder/", "Allowed: a file, s3://BUCKET/KEY"),
        (
            b" " * (metrics.SIZE_LIMIT + 1),
            None,
            "s3://artifacts/metrics.json",
            "more than 5000000 bytes",
        ),
    ],
)
def test_a_document_that_can_not_be_used_is_refused(
    cloud: Any, releases: Releases, body: bytes | None, digest: str | None, uri: str, message: str
) -> None:
    registered(cloud, body, digest, uri)
    with pytest.raises(Refused, match=message):
        metrics.read(releases._clients, ARN)


def test_access_denied_to_the_document_is_refused(cloud: Any, releases: Releases) -> None:
    registered(cloud, BODY)
    cloud.fail("GetObject", "AccessDenied")
    with pytest.raises(
        Refused, match=r"may not be read: GetObject: AccessDenied.* Fix: allow s3:GetObject"
    ):
        metrics.read(releases._clients, ARN)

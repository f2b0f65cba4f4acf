"""The event patterns of what begins runs, and of decisions on versions. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from groundplan.model_monitoring.analysis import names
from groundplan.retraining.engine.names import ALARM, DRIFT, QUALITY


def decisions(detail_type: str, group: str) -> str:
    """Returns the pattern of versions of a group that were approved or rejected."""
    detail = {"ModelPackageGroupName": [group], "ModelApprovalStatus": ["Approved", "Rejected"]}
    return _pattern("aws.sagemaker", detail_type, detail)


def checks(monitor: str, *, drift: bool, quality: bool) -> str:
    """Returns the pattern of checks that found drift, or a drop of quality."""
    families = [*(DRIFT if drift else ()), *(QUALITY if quality else ())]
    found: list[dict[str, Any]] = [{"statuses": {family: [ALARM]}} for family in families]
    # `$or` takes two patterns or more (EventBridge User Guide, "Comparison operators").
    either = found[0] if len(found) == 1 else {"$or": found}
    return _pattern(names.SOURCE, names.DETAIL_TYPE, {"monitor": [monitor], **either})


def tag_moves(bucket: str, reference: str) -> str:
    """Returns the pattern of a dataset's tag that is written: a small object, which
    moves with each version under the tag."""
    dataset, _, tag = reference.partition(":")
    key = f"datasets/{dataset}/tags/{tag}.json"
    detail = {"bucket": {"name": [bucket]}, "object": {"key": [key]}}
    return _pattern("aws.s3", "Object Created", detail)


def _pattern(source: str, detail_type: str, detail: Mapping[str, Any]) -> str:
    return json.dumps(
        {"source": [source], "detail-type": [detail_type], "detail": detail}, sort_keys=True
    )

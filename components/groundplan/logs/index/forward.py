"""The function that indexes lines which CloudWatch Logs delivers.

A batch that fails is delivered again by Lambda, and at last to the queue of failed
events. In a domain a line has CloudWatch's own identifier, so that it is stored once;
a collection of time series takes none, and can store a line of a repeated batch twice.
"""

import json
import logging
import os
import re
import sys
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from groundplan.logs.index import names
from groundplan.logs.index.client import TRANSIENT, Search, SearchError, connect
from groundplan.logs.index.models import Models
from groundplan.logs.index.records import Line, Settings, batch, lines

LOG = logging.getLogger(__name__)
EXISTS = 409
"""The line is there: it was delivered before."""
VALUES = re.compile(r"Preview of field's value|The prefix of the first immense term")
"""What OpenSearch writes before the value of a field, or a part of it."""
MAX_BYTES = 8 * 1024 * 1024
"""Of a bulk request; the smallest domains take 10 MiB (OpenSearch Service quotas,
"Maximum size of HTTP request payloads")."""


def handle(event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Handles an invocation of Lambda."""
    settings, search, models = _connected()
    return forward(batch(event), settings, search, models)


@cache
def _connected() -> tuple[Settings, Search, Models]:
    import boto3  # type: ignore[import-untyped]
    from botocore.config import Config  # type: ignore[import-untyped]

    settings = Settings(**json.loads(os.environ[names.VARIABLE]))
    # Lines do not wait for it: a network without a way to SageMaker has none.
    quick = Config(connect_timeout=2, read_timeout=2, retries={"max_attempts": 0})
    models = Models(boto3.client("sagemaker", config=quick))
    return settings, connect(settings.endpoint, settings.service), models


def forward(
    delivered: Mapping[str, Any], settings: Settings, search: Search, models: Models
) -> dict[str, int]:
    """Indexes the lines of a batch. Returns how many are indexed and refused. Raises
    `SearchError` where the batch has to be delivered again."""
    indexed = refused = 0
    for part in _parts([_entry(line, settings, models) for line in lines(delivered, settings)]):
        good, bad = _index(search, part)
        indexed, refused = indexed + good, refused + bad
    if indexed or refused:
        metrics = _metrics(settings.store, indexed, refused)
        sys.stdout.write(f"{json.dumps(metrics, sort_keys=True)}\n")
    return {"indexed": indexed, "refused": refused}


def _entry(line: Line, settings: Settings, models: Models) -> str:
    document = dict(line.document)
    if "variant" in document and "endpoint" in document:
        document |= models.of(document["endpoint"], document["variant"])
    if settings.service == names.SERVERLESS_SERVICE:
        # One index a team: a collection's access is that to an index.
        action: dict[str, Any] = {"_index": f"{names.INDEX}-{line.team}"}
    else:
        # By the line's own day, so that a repetition finds it.
        action = {"_index": f"{names.INDEX}-{line.time:%Y.%m.%d}", "_id": line.id}
    return f"{json.dumps({'create': action})}\n{json.dumps(document)}\n"


def _parts(entries: Sequence[str]) -> list[str]:
    parts: list[list[str]] = []
    size = MAX_BYTES
    for entry in entries:
        length = len(entry.encode())
        if size + length > MAX_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(entry)
        size += length
    return ["".join(part) for part in parts]


def _index(search: Search, body: str) -> tuple[int, int]:
    headers = {"Content-Type": "application/x-ndjson"}
    answer = search.ask("POST", "/_bulk", body, headers).body
    items = [next(iter(item.values())) for item in answer.get("items", ())]
    failed = [item for item in items if item["status"] >= 300 and item["status"] != EXISTS]
    for item in failed:
        if item["status"] in TRANSIENT:
            raise SearchError("POST /_bulk", item["status"], json.dumps(item.get("error")))
    for reason in sorted({_reason(item.get("error")) for item in failed}):
        # It would be refused again: the line is in CloudWatch Logs, and only there.
        LOG.warning("refused: %s", reason[:500])
    return len(items) - len(failed), len(failed)


def _reason(error: Any) -> str:
    """Returns why a line is refused, without the line's own values: those who read the
    function's logs may not read every team's."""
    if not isinstance(error, Mapping):
        return json.dumps(error)
    cause = error.get("caused_by")
    reason = VALUES.split(str(error.get("reason", "")))[0].strip()
    because = f" ({cause.get('type')})" if isinstance(cause, Mapping) else ""
    return f"{error.get('type')}: {reason}{because}"


def _metrics(store: str, indexed: int, refused: int) -> dict[str, Any]:
    """Returns the metrics in CloudWatch's embedded metric format."""
    counted = {names.INDEXED: indexed, names.REFUSED: refused}
    definition = {
        "Namespace": names.NAMESPACE,
        "Dimensions": [[names.STORE]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in counted],
    }
    return {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [definition]},
        names.STORE: store,
        **counted,
    }

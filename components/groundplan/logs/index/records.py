"""Documents of lines that CloudWatch Logs delivers. Pure.

Lines of a cluster have their fields already (`fluent_bit/fields.lua`); those of
SageMaker and of functions have what their log group and stream say.
"""

import base64
import datetime
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundplan.logs.index.documents import KEYWORDS
from groundplan.logs.index.names import ENDPOINTS, PLATFORM, TRAINING_JOBS

OF_LINES = frozenset({*KEYWORDS, "message", "data"})
MESSAGES = ("message", "msg", "event")
LEVELS = ("level", "levelname", "severity")
LONGEST = 8191
"""Characters of a value of `data`: Lucene's longest term has 32,766 bytes, and one that
is longer would have the whole line refused."""


@dataclass(frozen=True)
class Settings:
    """What is known of the log groups."""

    endpoint: str
    service: str
    environment: str
    store: str
    """Name of the LogStore, the dimension of the metrics."""
    cluster_prefix: str
    """The names of the cluster's log groups, up to the team's."""
    teams: Mapping[str, str] = field(default_factory=dict)
    """Name of a SageMaker endpoint -> the team that owns it."""


@dataclass(frozen=True)
class Line:
    """A line, ready for an index."""

    id: str
    """CloudWatch's own: a line that is delivered twice has it twice."""
    time: datetime.datetime
    document: Mapping[str, Any]

    @property
    def team(self) -> str:
        return str(self.document["team"])


def batch(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns what CloudWatch Logs delivers: base64 of gzip of JSON (User Guide,
    "Subscription filters with AWS Lambda")."""
    content: Mapping[str, Any] = json.loads(
        gzip.decompress(base64.b64decode(event["awslogs"]["data"]))
    )
    return content


def lines(delivered: Mapping[str, Any], settings: Settings) -> Iterator[Line]:
    """Returns the lines of a batch; none of a control message, by which CloudWatch
    tests the way."""
    if delivered.get("messageType") != "DATA_MESSAGE":
        return
    group, stream = delivered["logGroup"], delivered["logStream"]
    source = _source(group, stream, settings)
    for event in delivered["logEvents"]:
        time = datetime.datetime.fromtimestamp(event["timestamp"] / 1000, datetime.UTC)
        document = {
            **_content(event["message"], is_cluster=group.startswith(settings.cluster_prefix)),
            **source,
            "environment": settings.environment,
            "log_group": group,
            "log_stream": stream,
            "@timestamp": time.isoformat(timespec="milliseconds"),
        }
        yield Line(event["id"], time, document)


def _source(group: str, stream: str, settings: Settings) -> dict[str, Any]:
    """Returns what a log group and a stream say of a line, whatever the line says."""
    if group.startswith(settings.cluster_prefix):
        return {"team": group.removeprefix(settings.cluster_prefix)}
    if group.startswith(ENDPOINTS):
        name = group.removeprefix(ENDPOINTS)
        team = settings.teams.get(name, PLATFORM)
        return {"team": team, "endpoint": name, "variant": stream.partition("/")[0]}
    if group == TRAINING_JOBS:
        return {"team": PLATFORM, "job": stream.partition("/")[0]}
    return {"team": PLATFORM}


def _content(message: str, *, is_cluster: bool) -> dict[str, Any]:
    try:
        parsed = json.loads(message)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        return {"message": message}
    if is_cluster:
        # Fluent Bit's own fields; another writer's key is not one of them.
        own = {key: value for key, value in parsed.items() if key in OF_LINES}
        return {**own, "data": _short(own["data"])} if "data" in own else own
    level = _first(parsed, LEVELS)
    return {
        "message": _first(parsed, MESSAGES) or message,
        **({"level": level.lower()} if level else {}),
        "data": _short(parsed),
    }


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, dict):
        return {key: _short(inner) for key, inner in value.items()}
    return [_short(inner) for inner in value] if isinstance(value, list) else value


def _first(values: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    texts = (values.get(key) for key in keys)
    return next((text for text in texts if isinstance(text, str) and text), "")

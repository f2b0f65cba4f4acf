"""Events of KServe's payload logger as lines of data capture.

The logger posts a CloudEvent for each request and one for each response, in HTTP's
binary form: attributes are headers, the body is the payload (kserve/kserve v0.20.0,
pkg/logger/worker.go and handler.go). Both have the ID that the caller sent as `Ce-Id`,
or one that the logger drew.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REQUEST = "org.kubeflow.serving.inference.request"
RESPONSE = "org.kubeflow.serving.inference.response"
JSON_TYPE, CSV_TYPE = "application/json", "text/csv"


@dataclass(frozen=True)
class Event:
    """A request, or a response."""

    id: str
    kind: str
    time: str
    """ISO 8601, in UTC."""
    content_type: str
    """Of the request: the logger puts the request's into the response's event too."""
    body: bytes

    @classmethod
    def read(cls, headers: Mapping[str, str], body: bytes) -> "Event | None":
        """Returns the event of an HTTP request, None if it is none of the logger."""
        kind, event_id = headers.get("Ce-Type", ""), headers.get("Ce-Id", "").strip()
        if kind not in (REQUEST, RESPONSE) or not event_id:
            return None
        time = milliseconds(headers.get("Ce-Time", ""))
        return cls(event_id, kind, time, headers.get("Content-Type", ""), body)


def milliseconds(time: str) -> str:
    """Returns a time of a CloudEvent, which has nanoseconds, with milliseconds: of two
    times of that form the later one is greater as a text."""
    seconds, _, fraction = time.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction[:3]:0<3}Z" if seconds else ""


def line(request: Event, response: Event) -> str:
    """Returns a request and its response as a line of data capture."""
    document = {
        "captureData": {
            "endpointInput": _side(request, "INPUT", request.content_type),
            "endpointOutput": _side(response, "OUTPUT", _type_of_response(response)),
        },
        "eventMetadata": {
            "eventId": request.id,
            "inferenceId": request.id,
            "inferenceTime": request.time,
        },
        "eventVersion": "0",
    }
    return json.dumps(document, separators=(",", ":"))


def _type_of_response(response: Event) -> str:
    """Returns the content type of a response, by its body: a CSV is seldom an object or
    a list of JSON."""
    if response.body.lstrip()[:1] in (b"{", b"["):
        try:
            json.loads(response.body)
        except (ValueError, RecursionError):
            pass
        else:
            return JSON_TYPE
    return response.content_type


def _side(event: Event, mode: str, content_type: str) -> dict[str, Any]:
    """Returns a captured body: text where its type is known, else base64."""
    plain = content_type.partition(";")[0].strip().lower()
    encoding = "JSON" if plain.endswith("json") else "CSV" if plain.endswith("csv") else ""
    try:
        text = event.body.decode() if encoding else ""
    except UnicodeDecodeError:
        encoding = ""
    if not encoding:
        encoding, text = "BASE64", base64.b64encode(event.body).decode()
    return {"observedContentType": content_type, "mode": mode, "data": text, "encoding": encoding}

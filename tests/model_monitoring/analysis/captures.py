"""Lines of data capture and of labels, as SageMaker writes them."""

import base64
import json
from typing import Any


def side(data: Any, encoding: str, content_type: str, mode: str) -> dict[str, Any]:
    """Returns a captured body."""
    text = data if isinstance(data, str) else json.dumps(data)
    if encoding == "BASE64":
        text = base64.b64encode(text.encode()).decode()
    return {"observedContentType": content_type, "mode": mode, "data": text, "encoding": encoding}


def line(
    number: int,
    asked: Any,
    answered: Any,
    encoding: str = "CSV",
    content_type: str = "text/csv",
    time: str = "2026-11-28T08:00:00Z",
    inference_id: str | None = "",
    **changes: Any,
) -> str:
    """Returns a captured request and its response."""
    metadata = {"eventId": f"event-{number}", "inferenceTime": time}
    if inference_id is not None:
        metadata["inferenceId"] = inference_id or f"id-{number}"
    document = {
        "captureData": {
            "endpointInput": side(asked, encoding, content_type, "INPUT"),
            "endpointOutput": side(answered, encoding, content_type, "OUTPUT"),
        },
        "eventMetadata": metadata,
        "eventVersion": "0",
    }
    return json.dumps({**document, **changes})


def label(inference_id: str, data: Any, time: str = "") -> str:
    """Returns a label."""
    known = {"data": str(data), "encoding": "CSV"}
    metadata = {"eventId": inference_id, **({"groundTruthTime": time} if time else {})}
    return json.dumps({"groundTruthData": known, "eventMetadata": metadata, "eventVersion": "0"})

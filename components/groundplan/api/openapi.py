"""The OpenAPI document, 3.1, written from the models and the routes.

python -m groundplan.api.openapi docs/openapi.json
"""

import json
import pathlib
import sys
from typing import Any

from groundplan.api.handlers.resolver import VERSION, resolver, schemes

TITLE = "Groundplan"
DESCRIPTION = (
    "Models of an environment: training runs, versions, approvals, releases and dataset "
    "versions. Callers sign requests with AWS Signature Version 4, or send a token, as the "
    "API is deployed. Errors are application/problem+json (RFC 9457); those of API Gateway "
    "itself are JSON with a `message`: 401, 403, 413 and 429 before the request reaches the "
    "API, 500, 503 and 504 where the API does not answer."
)
UNUSED = ("HTTPValidationError", "ResponseValidationError", "ValidationError")
"""Powertools' own form of errors, which the API never answers with."""


def document() -> dict[str, Any]:
    """Returns the document."""
    text = resolver().get_openapi_json_schema(
        title=TITLE,
        version=VERSION,
        openapi_version="3.1.0",
        description=DESCRIPTION,
        security_schemes=schemes(),
        servers=[],
    )
    found: dict[str, Any] = json.loads(text)
    found["servers"] = [{"url": "/"}]
    for name in UNUSED:
        found["components"]["schemas"].pop(name, None)
    return found


def text() -> str:
    """Returns the document as it is stored."""
    return json.dumps(document(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    pathlib.Path(sys.argv[1]).write_text(text(), encoding="utf-8")

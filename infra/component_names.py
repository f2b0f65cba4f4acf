"""Names of components that belong to an endpoint."""

import hashlib

DIGITS = 8


def of_endpoint(endpoint: str, suffix: str, most: int) -> str:
    """Returns `<endpoint>-<suffix>`, shortened by a digest to `most` characters."""
    name = f"{endpoint}-{suffix}"
    if len(name) <= most:
        return name
    digest = hashlib.sha256(endpoint.encode()).hexdigest()[:DIGITS]
    return f"{endpoint[: most - len(suffix) - DIGITS - 2]}-{digest}-{suffix}"

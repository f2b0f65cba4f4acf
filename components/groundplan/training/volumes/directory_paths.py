"""The paths of the directories that namespaces have on a shared file system."""

TEAMLESS = "training"
"""The namespace of jobs without a team, and its directory."""


def of_namespace(namespace: str) -> str:
    """Returns the directory of a namespace, which has the path of a team's prefix in
    the artifact bucket."""
    return "/training" if namespace == TEAMLESS else f"/teams/{namespace}"


def is_private(path: str) -> bool:
    """Returns whether a path is in a namespace's directory, or contains such
    directories."""
    top = path.strip("/").split("/")[0]
    return top in ("", "teams", TEAMLESS)

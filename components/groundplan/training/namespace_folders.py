"""The folders that the jobs of a namespace have as their own: the same in the artifact
bucket and on a shared file system."""

TEAMLESS = "training"
"""The namespace of jobs without a team."""

TEAMS = "teams/"
"""The folder of the teams' folders."""


def prefix(namespace: str) -> str:
    """Returns the folder of a namespace as the prefix of objects: `teams/vision/`."""
    return f"{TEAMLESS}/" if namespace == TEAMLESS else f"{TEAMS}{namespace}/"


def directory(namespace: str) -> str:
    """Returns the folder of a namespace as an absolute path: `/teams/vision`."""
    return f"/{prefix(namespace).rstrip('/')}"


def is_private(path: str) -> bool:
    """Returns whether a path is in a namespace's folder, or contains such folders."""
    top = path.strip("/").split("/")[0]
    return top in ("", TEAMS.rstrip("/"), TEAMLESS)

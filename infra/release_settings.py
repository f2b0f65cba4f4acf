"""The settings of releases that run by themselves."""

from section import Section


class ReleaseSettings(Section):
    """What releases approved versions to the endpoints whose release is registry."""

    approval_required: bool | None = None
    """Whether who approves a version must be another person than who registered it.
    Default: false."""
    audit_prefix: str | None = None
    """Folder of the artifact bucket with the records of all releases. Default:
    releases/."""
    evaluation_prefixes: list[str] | None = None
    """Folders of the artifact bucket with the metrics that gates read. Default: runs/,
    where training runs record."""
    log_retention_days: int | None = None
    """Days that the logs are kept, one of CloudWatch's retention periods. Default: 90."""
    tracing: bool | None = None
    """Whether X-Ray traces the function. Default: false."""

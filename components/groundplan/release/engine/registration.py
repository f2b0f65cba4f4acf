"""Registers a version of a model, with all that says where it comes from: for training
scripts and for `groundplan`.

    clients = Clients.connect("us-east-1")
    record = os.environ["GROUNDPLAN_RECORD"]
    register(clients, Candidate(group=..., record_uri=record, ...))

It waits for approval then. Registering the same twice gives the same version.
"""

from dataclasses import dataclass

from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from groundplan import aws
from groundplan.problems import report
from groundplan.release.engine import candidates, version_record
from groundplan.release.engine.candidates import Candidate as Candidate
from groundplan.release.engine.clients import Clients
from groundplan.release.engine.errors import Refused
from groundplan.release.engine.version_record import Version


@dataclass(frozen=True)
class Registered:
    """The version in the registry."""

    arn: str
    created: bool
    """False if it was there already."""

    @property
    def version(self) -> int:
        return int(self.arn.rpartition("/")[2])


def register(clients: Clients, candidate: Candidate) -> Registered:
    """Registers a version, for approval. Raises `Refused` with all that is wrong;
    nothing is registered then."""
    try:
        version = candidates.complete(clients, candidate)
        if found := version_record.problems(version):
            raise Refused(report("The version can't be registered", found))
        candidates.require_datasets(clients, version)
        candidates.require_model(clients, version.model)
        if there := _find(clients, version):
            return Registered(there, created=False)
        # Only now: a refused version leaves nothing behind. Its name is its content, so
        # writing it twice changes nothing.
        candidates.write(clients, version.metrics_file, candidates.metrics(candidate))
        response = clients.sagemaker.create_model_package(**version_record.request(version))
    except ClientError as error:
        if aws.is_transient(error):
            raise
        raise Refused(aws.words(error)) from error
    return Registered(str(response["ModelPackageArn"]), created=True)


def _find(clients: Clients, version: Version) -> str | None:
    """Returns the ARN of the same version, if it is registered and was not rejected."""
    pages = clients.sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=version.group, SortBy="CreationTime", SortOrder="Descending"
    )
    mark = version_record.marker(version)
    for page in pages:
        for summary in page["ModelPackageSummaryList"]:
            description = str(summary.get("ModelPackageDescription", ""))
            if description.endswith(mark) and summary.get("ModelPackageStatus") != "Failed":
                return str(summary["ModelPackageArn"])
    return None

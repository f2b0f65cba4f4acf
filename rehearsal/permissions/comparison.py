"""The permissions of the plan's roles against what the rehearsal needed: nothing is
missing, and what no call needed is explained."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rehearsal.permissions.guard import Guard
from rehearsal.permissions.policies import OF_AWS, Role, Statement

PROFILES = (
    "AddRoleToInstanceProfile",
    "CreateInstanceProfile",
    "DeleteInstanceProfile",
    "RemoveRoleFromInstanceProfile",
    "TagInstanceProfile",
    "UntagInstanceProfile",
)
REFRESH = "a refresh by Pulumi's provider: a look for drift asks the Cloud Control API"
EXPLAINED: Mapping[tuple[str, str], str] = {
    **{("ManageRoles", f"iam:{a}"): "nodes of clusters: the stack has none" for a in PROFILES},
    ("ReadRoles", "iam:GetInstanceProfile"): "nodes of clusters: the stack has none",
    ("ReadExports", "*"): "data exports: the stack has none",
    ("ReadIndexes", "*"): "tables of the data catalog: the stack has none",
    ("ReadModelGroups", "*"): "policies of groups of models: the stack has none",
    ("ReadServiceLinkedRoles", "*"): "a new account, which has used no service yet",
    ("CreateServiceLinkedRoles", "*"): "a new account, which has used no service yet",
    ("DecideOnVersions", "*"): "a version that nobody approves within the limit",
    ("StopTrainingJob", ""): "a training job that takes longer than its limit",
    ("LocateBucket", "*"): "clients that ask for the region of a bucket first",
    ("ListFolders", "s3:GetBucketLocation"): "SageMaker asks for the region of a bucket",
    ("RunJob", "glue:BatchStopJobRun"): "an execution that is stopped while its job runs",
    ("WriteData", "s3:DeleteObject"): "a try that replaces what one that failed has written",
    ("UseKey", "*"): "bookmarks, which are encrypted: the jobs keep none",
    ("ReadInputs", "s3:GetObjectVersion"): "versions that begin a run: no dataset does",
    ("ReadResults", "s3:GetObjectTagging"): "objects with tags in quarantine: no script has any",
    ("WriteResults", "s3:PutObjectTagging"): "objects with tags in quarantine: no script has any",
    ("CopyObjects", "s3:PutObject"): "folders where a lifecycle rule deletes old versions",
    ("ListOwnFolders", "*"): "checkpoints, with which a run continues on another instance",
    ("ReadCheckpoints", "*"): "checkpoints, with which a run continues on another instance",
    ("ReplaceCheckpoints", "*"): "checkpoints, with which a run continues on another instance",
    ("ListDataset0", "*"): "a dataset that is a folder, and not a version",
    ("ListObjects", "*"): "models of uncompressed files",
    ("ReadDatasetVersions", "*"): "a dataset's manifest, where a job reads by it",
    ("s3:GetObjectVersion", ""): "objects that were overwritten since",
    ("s3:AbortMultipartUpload", ""): "files that are large enough for several parts",
    ("s3:ListMultipartUploadParts", ""): "files that are large enough for several parts",
    ("ReadObjects", "s3:GetObject"): "a run that reads what it has logged to MLflow",
    ("WriteObjects", "s3:PutObject"): "files that a person adds in MLflow",
    ("EncryptObjects", "kms:GenerateDataKey"): "files that a person adds in MLflow",
    ("EncryptObjects", "kms:Decrypt"): "files that are large enough for several parts",
    ("CallEndpoints", "sagemaker:InvokeEndpoint"): "smoke tests: no gate and no release has one",
    ("MoveEndpoints", "*"): "a run begins the release where no runtime is faster",
    ("WriteTrail", "s3:PutObject"): "a run begins the release where no runtime is faster",
    ("Unlock", "s3:DeleteObject"): "a run begins the release where no runtime is faster",
    ("LookAtAlarms", "cloudwatch:DescribeAlarmHistory"): "a release that a run ends",
}
"""Statement and action, or an action of any statement, -> what needs it that a life
without accidents does not have."""


@dataclass(frozen=True)
class Unused:
    """An action that a statement allows, and no call needed."""

    role: str
    policy: str
    sid: str
    action: str
    why: str
    """Why it stays; empty if nobody says so."""


@dataclass(frozen=True)
class Comparison:
    """One role: what it needed, and what it did not."""

    role: str
    used: int
    """Actions of its statements that calls needed."""
    unused: tuple[Unused, ...]

    @property
    def extra(self) -> tuple[Unused, ...]:
        """What nothing explains."""
        return tuple(entry for entry in self.unused if not entry.why)


def compared(guard: Guard) -> Iterator[Comparison]:
    """Yields each role of the plan."""
    roles = [r for r in guard.policies.roles.values() if r.arn not in guard.uncompared]
    for role in sorted(roles, key=lambda role: (role.name, role.arn)):
        own = (s for s in role.statements if not s.policy.startswith(OF_AWS))
        allowed = [(s, a) for s in own if s.effect == "Allow" for a in s.actions]
        unused = tuple(
            _unused(role, statement, action)
            for statement, action in allowed
            if (role.arn, statement.policy, statement.sid, action) not in guard.used
        )
        yield Comparison(role.name, len(allowed) - len(unused), unused)


def _unused(role: Role, statement: Statement, action: str) -> Unused:
    keys = ((statement.sid, action), (statement.sid, "*"), (action, ""))
    bare = (action.partition(":")[2], "")
    why = next((EXPLAINED[key] for key in (*keys, bare) if key in EXPLAINED), "")
    return Unused(role.name, statement.policy, statement.sid, action, why)

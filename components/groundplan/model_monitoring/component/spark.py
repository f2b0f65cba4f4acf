"""The Glue job of a ModelMonitoring: its code, role, encryption, and what notices that
it failed."""

import hashlib
import json
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam, tags
from groundplan.lambda_functions import source_archive
from groundplan.model_monitoring.analysis import names
from groundplan.model_monitoring.component import permissions
from groundplan.model_monitoring.component.spec import ModelMonitoringSpec, Spark

ENTRY = "groundplan.model_monitoring.analysis.glue"
SCRIPT = f"import sys\n\nfrom {ENTRY} import main\n\nmain(sys.argv[1:])\n"
GLUE_VERSION = "5.0"
"""Spark 3.5 and Python 3.11 (AWS Glue Developer Guide, "AWS Glue versions")."""
FAILED_STATES = ("ERROR", "FAILED", "STOPPED", "TIMEOUT")
"""Of "Glue Job State Change" (AWS Glue Developer Guide, "Automating AWS Glue with
EventBridge")."""


@dataclass(frozen=True)
class Surroundings:
    """What a job shares with the function that starts it."""

    key_arn: pulumi.Output[str]
    log_group: aws.cloudwatch.LogGroup
    queue: aws.sqs.Queue
    settings: pulumi.Output[dict[str, Any]]


class SparkCheck:
    """The job, and its surroundings."""

    def __init__(
        self,
        name: str,
        spec: ModelMonitoringSpec,
        spark: Spark,
        around: Surroundings,
        parent: pulumi.Resource,
    ) -> None:
        self._name, self._spec, self._parent = name, spec, parent
        self._tags = tags.merged(name, spec.tags)
        self._child = pulumi.ResourceOptions(parent=parent)
        self._create_code(around)
        self._create_role(around)
        self._create_job(spark, around)
        self._create_rule(around)

    def _create_code(self, around: Surroundings) -> None:
        """Uploads the code and the settings. A key has the digest of its content: a
        run that lasts keeps its own."""
        files = archive_files()
        settings = around.settings.apply(
            lambda known: json.dumps({**known, "engine": names.SPARK}, sort_keys=True)
        )
        self.code = self._object("code", "zip", source_archive.archive(files), _digest(files))
        self.script = self._object("script", "py", pulumi.StringAsset(SCRIPT), _digest(SCRIPT))
        self.settings = self._object("settings", "json", settings, settings.apply(_digest))

    def _object(
        self, role: str, suffix: str, content: Any, digest: pulumi.Input[str]
    ) -> aws.s3.BucketObjectv2:
        bucket = self._spec.bucket
        text = isinstance(content, pulumi.Output)
        return aws.s3.BucketObjectv2(
            f"{self._name}-{role}",
            bucket=bucket["bucket_name"],
            key=pulumi.Output.format("{0}{1}-{2}.{3}", self.folder, role, digest, suffix),
            kms_key_id=bucket["kms_key_arn"],
            server_side_encryption="aws:kms",
            tags=tags.of_object(self._name),
            **({"content": content} if text else {"source": content}),
            opts=self._child,
        )

    @property
    def folder(self) -> str:
        """The folder of the code in the bucket."""
        return f"{self._spec.result_prefix}{self._name}.spark/"

    def _create_role(self, around: Surroundings) -> None:
        invoke = pulumi.InvokeOptions(parent=self._parent)
        self.role = aws.iam.Role(
            f"{self._name}-spark-role",
            description=f"What the checks of {self._name} may do on Spark",
            assume_role_policy=iam.account_trust("glue.amazonaws.com", invoke),
            tags=self._tags,
            opts=self._child,
        )
        bucket = self._spec.bucket
        known = pulumi.Output.all(
            bucket=bucket["bucket_arn"],
            bucket_key=bucket["kms_key_arn"],
            endpoint=self._spec.endpoint,
            place=[iam.partition(invoke), iam.region(invoke), iam.account_id(invoke)],
            logs=around.log_group.arn,
            key=around.key_arn,
        )
        policy = known.apply(
            lambda values: iam.document_text(
                permissions.spark_statements(self._spec, self.folder, values)
            )
        )
        self.policy = aws.iam.RolePolicy(
            f"{self._name}-spark-policy", role=self.role.name, policy=policy, opts=self._child
        )

    def _create_job(self, spark: Spark, around: Surroundings) -> None:
        encryption: Any = {
            "cloudwatch_encryption": {
                "cloudwatch_encryption_mode": "SSE-KMS",
                "kms_key_arn": around.key_arn,
            },
            "job_bookmarks_encryption": {
                "job_bookmarks_encryption_mode": "CSE-KMS",
                "kms_key_arn": around.key_arn,
            },
            "s3_encryption": {
                "s3_encryption_mode": "SSE-KMS",
                "kms_key_arn": self._spec.bucket["kms_key_arn"],
            },
        }
        self.security = aws.glue.SecurityConfiguration(
            f"{self._name}-spark-security",
            encryption_configuration=encryption,
            opts=self._child,
        )
        self.job = aws.glue.Job(
            f"{self._name}-spark",
            description="Compares an endpoint's requests and answers with its baseline",
            role_arn=self.role.arn,
            glue_version=GLUE_VERSION,
            worker_type=spark.worker_type,
            number_of_workers=spark.workers,
            timeout=spark.timeout_minutes,
            max_retries=1,
            execution_property=aws.glue.JobExecutionPropertyArgs(max_concurrent_runs=1),
            command=aws.glue.JobCommandArgs(
                name="glueetl", python_version="3", script_location=self._uri(self.script)
            ),
            default_arguments={
                "--extra-py-files": self._uri(self.code),
                "--settings": self._uri(self.settings),
                "--additional-python-modules": ",".join(spark.python_modules),
                # Each run reads its own hours: nothing is to be remembered.
                "--job-bookmark-option": "job-bookmark-disable",
                "--enable-continuous-cloudwatch-log": "true",
                "--continuous-log-logGroup": around.log_group.name,
            },
            security_configuration=self.security.name,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=[self.policy]),
        )

    def _uri(self, item: aws.s3.BucketObjectv2) -> pulumi.Output[str]:
        return pulumi.Output.format("s3://{0}/{1}", item.bucket, item.key)

    def _create_rule(self, around: Surroundings) -> None:
        """Creates what puts runs that failed into the queue, which an alarm watches."""
        pattern = self.job.name.apply(
            lambda job: json.dumps(
                {
                    "source": ["aws.glue"],
                    "detail-type": ["Glue Job State Change"],
                    "detail": {"jobName": [job], "state": list(FAILED_STATES)},
                },
                sort_keys=True,
            )
        )
        self.rule = aws.cloudwatch.EventRule(
            f"{self._name}-spark-failed",
            description=f"Checks of {self._name} that failed on Spark",
            event_pattern=pattern,
            tags=self._tags,
            opts=self._child,
        )
        self.target = aws.cloudwatch.EventTarget(
            f"{self._name}-spark-failed-target",
            rule=self.rule.name,
            arn=around.queue.arn,
            opts=self._child,
        )


def archive_files() -> Mapping[str, str]:
    """Returns the code of a check: path -> text."""
    files = dict(source_archive.sources(ENTRY))
    analysis = pathlib.Path(names.__file__).parent
    for template in sorted(analysis.glob("templates/*.jinja")):
        path = f"groundplan/model_monitoring/analysis/templates/{template.name}"
        files[path] = template.read_text(encoding="utf-8")
    return files


def _digest(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

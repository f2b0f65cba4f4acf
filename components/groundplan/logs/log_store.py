"""LogStore: the logs of an environment in one place."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from groundplan import arguments
from groundplan.component import Component
from groundplan.context import Context
from groundplan.logs import data_protection, queries
from groundplan.logs.args import LogStoreArgs
from groundplan.logs.fluent_bit import installation
from groundplan.logs.search.search import LogSearch, searched_groups
from groundplan.logs.spec import ENDPOINTS, TRAINING_JOBS, LogStoreSpec, resolve
from groundplan.logs.validation import validate
from groundplan.storage.encryption_key.encryption_key import EncryptionKey


class LogStore(Component):
    """The logs of an environment in one place: Fluent Bit collects the lines of a
    cluster's containers into a log group for each team, with the fields that lead from
    a line to a run, an endpoint and a model version. By choice Amazon OpenSearch
    searches them, with those of SageMaker and of functions.

    Fluent Bit needs a Kubernetes provider in the component's options.
    """

    log_group_names: pulumi.Output[Mapping[str, str]]
    """Team -> the name of its log group. Empty without AWS."""
    search_endpoint: pulumi.Output[str]
    """Host name of the search; empty without one."""
    dashboards_url: pulumi.Output[str]
    """URL of OpenSearch Dashboards; empty without a search."""

    def __init__(
        self,
        name: str,
        args: LogStoreArgs = arguments.DEFAULTS,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("groundplan:index:LogStore", name, {}, opts)
        provider = self.get_provider("kubernetes:core/v1:Namespace")
        context = replace(Context.of(name, opts), has_kubernetes_provider=provider is not None)
        valid = arguments.validated("LogStore", LogStoreArgs, args, validate, context)
        self._spec = resolve(valid, context)
        self._child = pulumi.ResourceOptions(parent=self)

        self._create_key()
        self._create_log_groups()
        self._create_queries()
        self._install_fluent_bit()
        self._create_search()

        names: Any = {team: group.name for team, group in self.log_groups.items()}
        self.log_group_names = pulumi.Output.from_input(names)
        found = self.search
        self.search_endpoint = found.endpoint if found else pulumi.Output.from_input("")
        self.dashboards_url = found.dashboards_url if found else pulumi.Output.from_input("")
        self.register_outputs(
            {
                "logGroupNames": self.log_group_names,
                "searchEndpoint": self.search_endpoint,
                "dashboardsUrl": self.dashboards_url,
            }
        )

    def _create_key(self) -> None:
        spec = self._spec
        self.key: EncryptionKey | None = None
        if spec.kms_key_arn is not None:
            self._key_arn = pulumi.Output.from_input(spec.kms_key_arn)
        elif spec.uses_aws:
            self.key = EncryptionKey(
                f"{spec.name}-key",
                {
                    "description": f"Logs of {spec.environment}",
                    "services": ["logs"],
                    "deletion_protection": spec.deletion_protection,
                    "tags": spec.own_tags,
                },
                self._child,
            )
            self._key_arn = self.key.arn

    def _create_log_groups(self) -> None:
        spec = self._spec
        self.log_groups: dict[str, aws.cloudwatch.LogGroup] = {
            team: self._log_group(f"team-{team}", f"{spec.prefix}{team}", spec.retention_days)
            for team in spec.groups
        }
        """Of the containers of a cluster, by team; `platform` has those of no team."""
        self.training_job_logs: aws.cloudwatch.LogGroup | None = None
        """None unless this environment creates it."""
        if spec.training_jobs is not None and spec.training_jobs.create:
            days = spec.training_jobs.retention_days
            self.training_job_logs = self._log_group("sagemaker-training", TRAINING_JOBS, days)
        self.data_protection = {
            team: aws.cloudwatch.LogDataProtectionPolicy(
                f"{spec.name}-team-{team}-data-protection",
                log_group_name=group.name,
                policy_document=data_protection.document(spec.name, spec.identifiers),
                opts=self._child,
            )
            for team, group in self.log_groups.items()
            if spec.identifiers
        }
        """The masks of the log groups of a cluster."""

    def _log_group(self, role: str, group_name: str, days: int) -> aws.cloudwatch.LogGroup:
        spec, protected = self._spec, self._spec.deletion_protection
        return aws.cloudwatch.LogGroup(
            f"{spec.name}-{role}",
            # Fluent Bit's configuration and people's queries name it.
            name=group_name,
            retention_in_days=days,
            kms_key_id=self._key_arn,
            tags=spec.tags,
            opts=pulumi.ResourceOptions(parent=self, protect=protected, retain_on_delete=protected),
        )

    def _create_queries(self) -> None:
        """Creates the queries that a person finds in the console."""
        spec = self._spec
        self.queries: dict[str, aws.cloudwatch.QueryDefinition] = {}
        if not spec.uses_aws:
            return
        of_cluster = [group.name for group in self.log_groups.values()][: queries.MAX_GROUPS]
        if of_cluster:
            for title, query in queries.OF_CLUSTER.items():
                self._query(title, query, of_cluster)
        for key, endpoint in spec.endpoints.items():
            group = pulumi.Output.concat(ENDPOINTS, endpoint)
            self._query(f"errors of SageMaker endpoint {key}", queries.OF_ENDPOINT, [group])
        if spec.training_jobs is not None:
            jobs = self.training_job_logs
            group = jobs.name if jobs else pulumi.Output.from_input(TRAINING_JOBS)
            self._query("lines of a SageMaker training job", queries.OF_TRAINING_JOB, [group])
        if spec.functions:
            groups = [pulumi.Output.from_input(group) for group in spec.functions.values()]
            self._query("errors of functions", queries.OF_FUNCTIONS, groups[: queries.MAX_GROUPS])

    def _query(self, title: str, query: str, groups: Sequence[pulumi.Output[str]]) -> None:
        spec = self._spec
        self.queries[title] = aws.cloudwatch.QueryDefinition(
            f"{spec.name}-query-{title.lower().replace(' ', '-')}",
            # The console shows a folder for each part before a slash.
            name=f"groundplan/{spec.environment}/{spec.name}/{title}",
            query_string=query,
            log_group_names=list(groups),
            opts=self._child,
        )

    def _install_fluent_bit(self) -> None:
        self.fluent_bit: installation.Installation | None = None
        """None without a cluster."""
        if self._spec.cluster is not None:
            self.fluent_bit = installation.install(
                self._spec, self._spec.cluster, self.log_groups, self
            )

    def _create_search(self) -> None:
        self.search: LogSearch | None = None
        """None without a search."""
        spec = self._spec
        if spec.search is None:
            return
        jobs: pulumi.Input[str] | None = None
        if spec.training_jobs is not None:
            created = self.training_job_logs
            jobs = created.name if created else TRAINING_JOBS
        cluster = {team: group.name for team, group in self.log_groups.items()}
        groups = searched_groups(spec, cluster, jobs)
        self.search = LogSearch(spec, spec.search, groups, self._key_arn, self)

    @property
    def release(self) -> kubernetes.helm.v3.Release | None:
        """The release of Fluent Bit; None without a cluster."""
        return self.fluent_bit.release if self.fluent_bit else None

    @property
    def spec(self) -> LogStoreSpec:
        """The arguments, complete."""
        return self._spec

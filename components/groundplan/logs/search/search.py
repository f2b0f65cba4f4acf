"""The search of a LogStore: a domain or a collection, the functions that set it up and
fill it, and the alarms of all."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.iam import Statement
from groundplan.logs.index import names
from groundplan.logs.search import alarms, functions, permissions
from groundplan.logs.search import network as security_groups
from groundplan.logs.search.domain import SearchDomain
from groundplan.logs.search.serverless import SearchCollection
from groundplan.logs.spec import ENDPOINTS, LogStoreSpec, Search


class LogSearch:
    """Amazon OpenSearch, filled from CloudWatch Logs."""

    domain: SearchDomain | None
    """None with a collection."""
    collection: SearchCollection | None
    """None with a domain."""
    endpoint: pulumi.Output[str]
    """Host name."""
    dashboards_url: pulumi.Output[str]

    def __init__(
        self,
        spec: LogStoreSpec,
        search: Search,
        groups: Mapping[str, pulumi.Input[str]],
        key_arn: pulumi.Output[str],
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._search, self._parent = spec, search, parent
        self._invoke = pulumi.InvokeOptions(parent=parent)
        self.network = security_groups.create(
            spec.name,
            search.network["vpc_id"],
            search.client_security_group_ids,
            spec.tags,
            parent,
        )
        setup = functions.create_role(spec, "setup", key_arn, parent)
        forward = functions.create_role(spec, "forward", key_arn, parent)
        self._create_store(key_arn, setup.role.arn, forward.role.arn)
        self.setup = self._create_setup(setup)
        self.forward = self._create_forward(forward)
        self.applied = self._apply(forward.role.arn)
        self.subscriptions = functions.subscribe(spec, groups, self.forward, [self.applied], parent)
        self.alarms |= alarms.of_forwarding(
            spec, self.forward.name, forward.stores.queue.name, parent
        )

    def _create_store(
        self,
        key_arn: pulumi.Output[str],
        setup_arn: pulumi.Output[str],
        writer_arn: pulumi.Output[str],
    ) -> None:
        spec, search, parent = self._spec, self._search, self._parent
        self.domain = self.collection = None
        account = iam.account_id(self._invoke)
        if search.domain is not None:
            self.domain = SearchDomain(
                spec,
                search,
                search.domain,
                key_arn=key_arn,
                master_arn=setup_arn,
                writer_arn=writer_arn,
                network=self.network,
                parent=parent,
            )
            self._ready: list[pulumi.Resource] = [self.domain.policy]
            self._arn, self.endpoint = self.domain.domain.arn, self.domain.domain.endpoint
            dimensions = {"ClientId": account, "DomainName": self.domain.domain.domain_name}
            watched = alarms.of_domain(search.domain)
            self.alarms = alarms.create(spec, watched, "AWS/ES", dimensions, parent)
        elif search.serverless is not None:
            self.collection = SearchCollection(
                spec,
                search,
                search.serverless,
                key_arn=key_arn,
                setup_arn=setup_arn,
                writer_arn=writer_arn,
                network=self.network,
                parent=parent,
            )
            collection = self.collection.collection
            self._ready = [self.collection.access, self.collection.vpc_endpoint]
            self._arn = collection.arn
            self.endpoint = collection.collection_endpoint.apply(
                lambda url: url.removeprefix("https://")
            )
            dimensions = {
                "ClientId": account,
                "CollectionId": collection.id,
                "CollectionName": collection.name,
            }
            self.alarms = alarms.create(spec, alarms.OF_COLLECTION, "AWS/AOSS", dimensions, parent)
        self.dashboards_url = pulumi.Output.format("https://{0}/_dashboards", self.endpoint)

    @property
    def _service(self) -> str:
        return names.DOMAIN_SERVICE if self.domain else names.SERVERLESS_SERVICE

    def _create_setup(self, function: functions.Function) -> aws.lambda_.Function:
        dashboards: Any = ""
        if self.collection is not None:
            dashboards = pulumi.Output.format(
                "arn:{0}:aoss:{1}:{2}:dashboards/default",
                iam.partition(self._invoke),
                iam.region(self._invoke),
                iam.account_id(self._invoke),
            )
        statements: pulumi.Output[list[Statement]] = pulumi.Output.all(self._arn, dashboards).apply(
            lambda known: permissions.setup_statements(*known)
        )
        return self._function("setup", function, statements, {})

    def _create_forward(self, function: functions.Function) -> aws.lambda_.Function:
        spec = self._spec
        endpoints = list(spec.endpoints.values())
        account = pulumi.Output.format(
            "arn:{0}:sagemaker:{1}:{2}",
            iam.partition(self._invoke),
            iam.region(self._invoke),
            iam.account_id(self._invoke),
        )
        serverless = self.collection is not None
        statements: pulumi.Output[list[Statement]] = pulumi.Output.all(
            arn=self._arn, account=account, endpoints=endpoints
        ).apply(
            lambda known: permissions.forward_statements(
                known["arn"],
                serverless=serverless,
                sagemaker_arn=known["account"],
                endpoints=known["endpoints"],
            )
        )
        owners = spec.endpoint_owners
        owned = [spec.endpoints[key] for key in owners]
        teams = pulumi.Output.all(*owned).apply(
            lambda names_: dict(zip(names_, owners.values(), strict=True))
        )
        settings = {
            "endpoint": self.endpoint,
            "service": self._service,
            "environment": spec.environment,
            "store": alarms.store_name(spec),
            "cluster_prefix": spec.prefix,
            "teams": teams,
        }
        return self._function("forward", function, statements, settings)

    def _function(
        self,
        kind: str,
        function: functions.Function,
        statements: pulumi.Output[list[Statement]],
        settings: Mapping[str, Any],
    ) -> aws.lambda_.Function:
        return functions.create(
            self._search,
            kind,
            function,
            statements,
            settings,
            self.network,
            self._parent,
        )

    def _apply(self, writer_arn: pulumi.Output[str]) -> aws.lambda_.Invocation:
        """Calls the setup: at the first deployment, and at each that changes the
        search, what is wanted of it, or the code."""
        spec, search = self._spec, self._search
        domain = search.domain
        wanted: dict[str, Any] = {
            "retention_days": search.retention_days,
            "shards": domain.instance_count if domain else 1,
            "replicas": domain.replicas if domain else 0,
            "writer": writer_arn,
            "readers": list(search.readers),
            "administrators": list(search.administrators),
            "teams": {name: list(team.readers) for name, team in spec.teams.items()},
            "audit_log": domain.audit_log if domain else False,
        }
        event = {
            "endpoint": self.endpoint,
            "service": self._service,
            "wanted": wanted,
            # Other code, or other dashboards, are another event.
            "digest": functions.digest(),
        }
        return aws.lambda_.Invocation(
            f"{spec.name}-search-setup",
            function_name=self.setup.name,
            input=pulumi.Output.json_dumps(event, sort_keys=True),
            lifecycle_scope="CRUD",
            opts=pulumi.ResourceOptions(
                parent=self._parent, depends_on=[*self._ready, *self.network.rules]
            ),
        )


def searched_groups(
    spec: LogStoreSpec,
    cluster: Mapping[str, pulumi.Input[str]],
    training_jobs: pulumi.Input[str] | None,
) -> dict[str, pulumi.Input[str]]:
    """Returns role -> the name of each log group that is searched. `cluster`: team ->
    the name of its log group."""
    jobs = {} if training_jobs is None else {"sagemaker-training": training_jobs}
    return {
        **{f"team-{team}": group for team, group in cluster.items()},
        **{
            f"endpoint-{key}": pulumi.Output.concat(ENDPOINTS, endpoint)
            for key, endpoint in spec.endpoints.items()
        },
        **{f"function-{key}": group for key, group in spec.functions.items()},
        **jobs,
    }

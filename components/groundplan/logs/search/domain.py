"""An OpenSearch domain in a VPC: encrypted, with fine-grained access control, and with
its own logs in CloudWatch."""

from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.logs.search import permissions
from groundplan.logs.search.network import SearchNetwork
from groundplan.logs.spec import Domain, LogStoreSpec, Search

TLS = "Policy-Min-TLS-1-2-PFS-2023-10"
"""TLS 1.2 and 1.3 with perfect forward secrecy (OpenSearch Service API,
`TLSSecurityPolicy`)."""

MASTERS = ((10, "m6g.large.search"), (30, "c6g.2xlarge.search"), (75, "r6g.xlarge.search"))
LARGEST_MASTER = "r6g.2xlarge.search"
"""Most data nodes -> the type of dedicated masters (OpenSearch Service Developer Guide,
"Choosing instance types for dedicated master nodes")."""

LOGS = {
    "application": "ES_APPLICATION_LOGS",
    "slow-indexing": "INDEX_SLOW_LOGS",
    "slow-searches": "SEARCH_SLOW_LOGS",
    "audit": "AUDIT_LOGS",
}
RETENTION_DAYS = 90


def master_type(nodes: int) -> str:
    """Returns the instance type of dedicated masters for a number of data nodes."""
    return next((kind for most, kind in MASTERS if nodes <= most), LARGEST_MASTER)


class SearchDomain:
    """A domain and its logs."""

    def __init__(
        self,
        spec: LogStoreSpec,
        search: Search,
        domain: Domain,
        *,
        key_arn: pulumi.Output[str],
        master_arn: pulumi.Output[str],
        writer_arn: pulumi.Output[str],
        network: SearchNetwork,
        parent: pulumi.Resource,
    ) -> None:
        self._spec, self._key_arn = spec, key_arn
        self._child = pulumi.ResourceOptions(parent=parent)
        self._invoke = pulumi.InvokeOptions(parent=parent)
        self.log_groups = self._log_groups(domain)
        publishing = self._publishing()
        protected = spec.deletion_protection
        self.service_linked_role = self._service_linked_role(domain)
        first: list[pulumi.Resource] = [publishing]
        first += [self.service_linked_role] if self.service_linked_role else []
        self.domain = aws.opensearch.Domain(
            f"{spec.name}-domain",
            engine_version=domain.engine_version,
            cluster_config=_cluster(domain),
            ebs_options=aws.opensearch.DomainEbsOptionsArgs(
                ebs_enabled=True, volume_type="gp3", volume_size=domain.volume_size_gb
            ),
            vpc_options=aws.opensearch.DomainVpcOptionsArgs(
                subnet_ids=pulumi.Output.from_input(search.network["subnet_ids"]).apply(
                    lambda subnets: list(subnets)[: domain.zone_count]
                ),
                security_group_ids=[network.search.id],
            ),
            encrypt_at_rest=aws.opensearch.DomainEncryptAtRestArgs(
                enabled=True, kms_key_id=key_arn
            ),
            node_to_node_encryption=aws.opensearch.DomainNodeToNodeEncryptionArgs(enabled=True),
            domain_endpoint_options=aws.opensearch.DomainDomainEndpointOptionsArgs(
                enforce_https=True, tls_security_policy=TLS
            ),
            # Roles of IAM only: there is no password to lose.
            advanced_security_options=aws.opensearch.DomainAdvancedSecurityOptionsArgs(
                enabled=True,
                anonymous_auth_enabled=False,
                internal_user_database_enabled=False,
                master_user_options=(
                    aws.opensearch.DomainAdvancedSecurityOptionsMasterUserOptionsArgs(
                        master_user_arn=master_arn
                    )
                ),
            ),
            auto_tune_options=aws.opensearch.DomainAutoTuneOptionsArgs(
                desired_state="ENABLED" if domain.auto_tune else "DISABLED",
                use_off_peak_window=domain.auto_tune,
            ),
            off_peak_window_options=aws.opensearch.DomainOffPeakWindowOptionsArgs(enabled=True),
            software_update_options=aws.opensearch.DomainSoftwareUpdateOptionsArgs(
                auto_software_update_enabled=True
            ),
            log_publishing_options=[
                aws.opensearch.DomainLogPublishingOptionArgs(
                    log_type=LOGS[kind], cloudwatch_log_group_arn=group.arn, enabled=True
                )
                for kind, group in self.log_groups.items()
            ],
            tags=spec.tags,
            opts=pulumi.ResourceOptions(
                parent=parent, protect=protected, retain_on_delete=protected, depends_on=first
            ),
        )
        self.policy = self._policy(search, master_arn, writer_arn)

    def _log_groups(self, domain: Domain) -> dict[str, aws.cloudwatch.LogGroup]:
        kinds = [kind for kind in LOGS if kind != "audit" or domain.audit_log]
        return {
            kind: aws.cloudwatch.LogGroup(
                f"{self._spec.name}-domain-{kind}",
                retention_in_days=RETENTION_DAYS,
                kms_key_id=self._key_arn,
                tags=self._spec.tags,
                opts=self._child,
            )
            for kind in kinds
        }

    def _publishing(self) -> aws.cloudwatch.LogResourcePolicy:
        """Lets OpenSearch write to these log groups, for domains of this name only."""
        account = iam.account_id(self._invoke)
        known = pulumi.Output.all(
            account=account,
            domains=pulumi.Output.format(
                "arn:{0}:es:{1}:{2}:domain/{3}-*",
                iam.partition(self._invoke),
                iam.region(self._invoke),
                account,
                f"{self._spec.name}-domain",
            ),
            groups=[group.arn for group in self.log_groups.values()],
        )

        def document(found: dict[str, Any]) -> str:
            statement = {
                "Sid": "PublishLogs",
                "Effect": "Allow",
                "Principal": {"Service": "es.amazonaws.com"},
                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                "Resource": [f"{arn}:*" for arn in found["groups"]],
                "Condition": {
                    "ArnLike": {"aws:SourceArn": found["domains"]},
                    "StringEquals": {"aws:SourceAccount": found["account"]},
                },
            }
            return iam.document_text([statement])

        return aws.cloudwatch.LogResourcePolicy(
            f"{self._spec.name}-domain-log-policy",
            # Required; an account has ten of them.
            policy_name=f"{self._spec.environment}-{self._spec.name}-domain",
            policy_document=known.apply(document),
            opts=self._child,
        )

    def _service_linked_role(self, domain: Domain) -> aws.iam.ServiceLinkedRole | None:
        if not domain.service_linked_role:
            return None
        return aws.iam.ServiceLinkedRole(
            f"{self._spec.name}-service-linked-role",
            aws_service_name="opensearchservice.amazonaws.com",
            opts=pulumi.ResourceOptions.merge(
                # Domains of other environments of the account use it too.
                self._child,
                pulumi.ResourceOptions(retain_on_delete=True),
            ),
        )

    def _policy(
        self, search: Search, master_arn: pulumi.Output[str], writer_arn: pulumi.Output[str]
    ) -> aws.opensearch.DomainPolicy:
        readers = [*search.readers, *(r for t in self._spec.teams.values() for r in t.readers)]
        known = pulumi.Output.all(
            domain=self.domain.arn,
            master=master_arn,
            writer=writer_arn,
            readers=readers,
            administrators=list(search.administrators),
        )

        def document(found: dict[str, Any]) -> str:
            statements = permissions.domain_statements(
                found["domain"],
                master=found["master"],
                writer=found["writer"],
                readers=found["readers"],
                administrators=found["administrators"],
            )
            return iam.document_text(statements)

        return aws.opensearch.DomainPolicy(
            f"{self._spec.name}-domain-policy",
            domain_name=self.domain.domain_name,
            access_policies=known.apply(document),
            opts=self._child,
        )


def _cluster(domain: Domain) -> aws.opensearch.DomainClusterConfigArgs:
    several = domain.zone_count > 1
    masters: dict[str, Any] = {}
    if domain.dedicated_masters:
        masters = {
            # With two, none has a majority alone.
            "dedicated_master_count": 3,
            "dedicated_master_type": master_type(domain.instance_count),
        }
    return aws.opensearch.DomainClusterConfigArgs(
        instance_type=domain.instance_type,
        instance_count=domain.instance_count,
        dedicated_master_enabled=domain.dedicated_masters,
        zone_awareness_enabled=several,
        zone_awareness_config=(
            aws.opensearch.DomainClusterConfigZoneAwarenessConfigArgs(
                availability_zone_count=domain.zone_count
            )
            if several
            else None
        ),
        **masters,
    )

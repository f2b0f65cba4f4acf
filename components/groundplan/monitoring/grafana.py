"""The workspace of Amazon Managed Grafana: who signs in, from where, and what it
reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.monitoring.choices import GrafanaAuthentication
from groundplan.monitoring.spec import ManagedGrafana, MonitoringSpec

SIGN_IN = {GrafanaAuthentication.AWS_SSO: "AWS_SSO", GrafanaAuthentication.SAML: "SAML"}

METRICS = (
    "cloudwatch:GetMetricData",
    "cloudwatch:ListMetrics",
)
"""What the data source of CloudWatch calls for metrics (Grafana documentation, "AWS
authentication", IAM policies)."""

QUERIES = (
    "aps:GetLabels",
    "aps:GetMetricMetadata",
    "aps:GetSeries",
    "aps:QueryMetrics",
)


@dataclass(frozen=True)
class Grafana:
    """The resources of a workspace."""

    role: aws.iam.Role
    workspace: aws.grafana.Workspace
    members: Mapping[str, aws.grafana.RoleAssociation]
    """By Grafana's role; empty with SAML."""
    saml: aws.grafana.WorkspaceSamlConfiguration | None


def create(
    spec: MonitoringSpec,
    grafana: ManagedGrafana,
    prometheus_arn: pulumi.Input[str] | None,
    parent: pulumi.Resource,
) -> Grafana:
    """Creates the workspace, and the role by which it reads metrics, as children of
    `parent`. `prometheus_arn`: of the workspace that it queries, if there is one."""
    child = pulumi.ResourceOptions(parent=parent)
    protected = spec.deletion_protection
    role = aws.iam.Role(
        f"{spec.name}-grafana-role",
        assume_role_policy=iam.account_trust(
            "grafana.amazonaws.com", pulumi.InvokeOptions(parent=parent)
        ),
        description="Amazon Managed Grafana: reads metrics",
        tags=spec.tags,
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{spec.name}-grafana-policy",
        role=role.name,
        policy=reading_policy(prometheus_arn),
        opts=child,
    )
    workspace = aws.grafana.Workspace(
        f"{spec.name}-grafana",
        account_access_type="CURRENT_ACCOUNT",
        authentication_providers=[SIGN_IN[grafana.authentication]],
        # What the API documents for workspaces that its console does not create (API
        # Reference, CreateWorkspace, `permissionType`).
        permission_type="CUSTOMER_MANAGED",
        role_arn=role.arn,
        description=f"Metrics of {spec.environment}",
        grafana_version=grafana.version,
        # Alerts are evaluated elsewhere. Administrators may install the data source of
        # Amazon Managed Service for Prometheus.
        configuration=json.dumps(
            {"plugins": {"pluginAdminEnabled": True}, "unifiedAlerting": {"enabled": False}},
            sort_keys=True,
        ),
        network_access_control=_network(grafana),
        tags=spec.tags,
        opts=pulumi.ResourceOptions(
            parent=parent, depends_on=[policy], protect=protected, retain_on_delete=protected
        ),
    )
    saml, members = None, {}
    if grafana.authentication is GrafanaAuthentication.SAML:
        saml = aws.grafana.WorkspaceSamlConfiguration(
            f"{spec.name}-grafana-saml",
            workspace_id=workspace.id,
            idp_metadata_url=grafana.saml_metadata_url,
            role_assertion=grafana.saml_role_attribute,
            admin_role_values=list(grafana.members.get("ADMIN", ())),
            editor_role_values=list(grafana.members.get("EDITOR", ())),
            opts=child,
        )
    else:
        members = {
            member: aws.grafana.RoleAssociation(
                f"{spec.name}-grafana-{member.lower()}s",
                workspace_id=workspace.id,
                role=member,
                group_ids=list(groups),
                opts=child,
            )
            for member, groups in grafana.members.items()
        }
    return Grafana(role, workspace, members, saml)


def reading_policy(prometheus_arn: pulumi.Input[str] | None) -> pulumi.Output[str]:
    """Returns the policy of who reads CloudWatch's metrics, and those of a workspace of
    Prometheus."""
    statements: list[iam.Statement] = [
        {
            "Sid": "ReadCloudWatchMetrics",
            "Effect": "Allow",
            "Action": list(METRICS),
            # These actions have no resources (Service Authorization Reference, "Actions
            # defined by Amazon CloudWatch").
            "Resource": "*",
        }
    ]
    if prometheus_arn is not None:
        statements.append(iam.allow("QueryPrometheus", list(QUERIES), prometheus_arn))
    return iam.document(statements)


def _network(grafana: ManagedGrafana) -> aws.grafana.WorkspaceNetworkAccessControlArgs | None:
    if not grafana.is_restricted:
        return None
    return aws.grafana.WorkspaceNetworkAccessControlArgs(
        prefix_list_ids=list(grafana.prefix_list_ids),
        vpce_ids=list(grafana.vpc_endpoint_ids),
    )

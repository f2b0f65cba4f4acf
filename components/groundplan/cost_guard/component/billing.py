"""Budgets, anomaly detection, cost allocation tags and split cost data: what AWS
Billing and Cost Management has of an environment.

Budgets notify and have no actions of their own: an action applies a policy, or stops
instances that are named by ID (AWS Cost Management User Guide, "Configuring a budget
action"), which nodes of a pool do not keep. The guard's function acts.
"""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from groundplan import iam
from groundplan.cost_guard.component.spec import CostGuardSpec, GuardBudget
from groundplan.tags import merged

METRIC = "UnblendedCost"
"""What Cost Explorer shows by default, which `groundplan cost` compares with too."""
MONITORED = "costalerts.amazonaws.com"
"""AWS Cost Management User Guide, "Creating an Amazon SNS topic for anomaly
notifications"."""
BUDGETS = "budgets.amazonaws.com"
"""Same guide, "Creating an Amazon SNS topic for budget notifications"."""
COLUMNS = (
    "bill_billing_period_start_date",
    "line_item_line_item_type",
    "line_item_product_code",
    "line_item_resource_id",
    "line_item_unblended_cost",
    "line_item_usage_account_id",
    "line_item_usage_amount",
    "line_item_usage_start_date",
    "line_item_usage_type",
    "pricing_unit",
    "product_region_code",
    "resource_tags",
    "split_line_item_parent_resource_id",
    "split_line_item_split_cost",
    "split_line_item_unused_cost",
)
"""Columns of CUR 2.0 that `groundplan cost` and a split by pods need."""
TABLE = "COST_AND_USAGE_REPORT"
QUERY = " ".join(("SELECT", ", ".join(COLUMNS), "FROM", TABLE))


def create_budgets(
    name: str, spec: CostGuardSpec, topic_arn: pulumi.Input[str], parent: pulumi.Resource
) -> dict[str, aws.budgets.Budget]:
    """Creates the budgets, and returns them by scope."""
    return {each.scope: _budget(name, each, spec, topic_arn, parent) for each in spec.budgets}


def _budget(
    name: str,
    budget: GuardBudget,
    spec: CostGuardSpec,
    topic_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> aws.budgets.Budget:
    tags: list[tuple[str, pulumi.Input[str]]] = [*spec.tags.items()]
    tags += [budget.tag] if budget.tag else []
    filtered: dict[str, Any] = {}
    if tags:
        filtered = {"filter_expression": _all_of(tags), "metrics": METRIC}
    stops_at = [spec.stops["at_percent"]] if spec.stops_anything else []
    percents = sorted({*spec.actual_percents, *stops_at})
    return aws.budgets.Budget(
        f"{name}-{budget.role}",
        budget_type="COST",
        time_unit="MONTHLY",
        limit_amount=f"{budget.usd:.2f}",
        limit_unit="USD",
        notifications=[
            *(_notification("ACTUAL", percent, topic_arn) for percent in percents),
            _notification("FORECASTED", spec.forecast_percent, topic_arn),
        ],
        tags=merged(name, spec.tags),
        opts=pulumi.ResourceOptions(parent=parent),
        **filtered,
    )


def _all_of(tags: list[tuple[str, pulumi.Input[str]]]) -> aws.budgets.BudgetFilterExpressionArgs:
    """Returns the expression of all of these tags."""
    each: list[dict[str, Any]] = [
        {"key": key, "values": [value], "match_options": ["EQUALS"]} for key, value in tags
    ]
    if len(each) == 1:
        return aws.budgets.BudgetFilterExpressionArgs(
            tags=aws.budgets.BudgetFilterExpressionTagsArgs(**each[0])
        )
    return aws.budgets.BudgetFilterExpressionArgs(
        ands=[
            aws.budgets.BudgetFilterExpressionAndArgs(
                tags=aws.budgets.BudgetFilterExpressionAndTagsArgs(**tag)
            )
            for tag in each
        ]
    )


def _notification(
    kind: str, percent: int, topic_arn: pulumi.Input[str]
) -> aws.budgets.BudgetNotificationArgs:
    return aws.budgets.BudgetNotificationArgs(
        comparison_operator="GREATER_THAN",
        notification_type=kind,
        threshold=percent,
        threshold_type="PERCENTAGE",
        subscriber_sns_topic_arns=[topic_arn],
    )


def create_anomalies(
    name: str, spec: CostGuardSpec, topic_arn: pulumi.Input[str], parent: pulumi.Resource
) -> tuple[aws.costexplorer.AnomalyMonitor | None, aws.costexplorer.AnomalySubscription] | None:
    """Creates the anomaly detection, if it is wanted: notices of the account's monitor,
    or of one of its own."""
    if spec.anomaly_usd is None:
        return None
    child, tags = pulumi.ResourceOptions(parent=parent), merged(name, spec.tags)
    monitor, monitor_arn = None, spec.anomaly_monitor_arn
    if monitor_arn is None:
        monitor = aws.costexplorer.AnomalyMonitor(
            f"{name}-anomalies", tags=tags, opts=child, **_watched(spec)
        )
        monitor_arn = monitor.arn
    subscription = aws.costexplorer.AnomalySubscription(
        f"{name}-anomaly-notices",
        frequency="IMMEDIATE",
        monitor_arn_lists=[monitor_arn],
        subscribers=[
            aws.costexplorer.AnomalySubscriptionSubscriberArgs(type="SNS", address=topic_arn)
        ],
        threshold_expression=aws.costexplorer.AnomalySubscriptionThresholdExpressionArgs(
            dimension=aws.costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs(
                key="ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                match_options=["GREATER_THAN_OR_EQUAL"],
                values=[f"{spec.anomaly_usd:.2f}"],
            )
        ),
        tags=tags,
        opts=child,
    )
    return monitor, subscription


def _watched(spec: CostGuardSpec) -> dict[str, Any]:
    """Returns what a monitor of the guard's own watches.

    A second monitor of services is refused with "Limit exceeded on dimensional spend
    monitor creation" (aws-cloudformation/cloudformation-coverage-roadmap issue 2515),
    and monitors of tags "can only be created in the management account" (AWS Cost
    Management User Guide, "Getting started with AWS Cost Anomaly Detection").
    """
    if not spec.tags:
        return {"monitor_type": "DIMENSIONAL", "monitor_dimension": "SERVICE"}
    return {
        "monitor_type": "CUSTOM",
        "monitor_specification": pulumi.Output.all(**spec.tags).apply(_specification),
    }


def _specification(tags: Mapping[str, Any]) -> str:
    """Returns the expression of a monitor. A custom one has one tag, so the first by
    name is taken."""
    key, value = min(tags.items())
    return json.dumps({"Tags": {"Key": key, "Values": [value]}}, sort_keys=True)


def create_allocation_tags(
    name: str, spec: CostGuardSpec, parent: pulumi.Resource
) -> dict[str, aws.costexplorer.CostAllocationTag]:
    """Activates tags. They are the account's, so that other environments need them,
    too: they stay active on delete."""
    return {
        key: aws.costexplorer.CostAllocationTag(
            f"{name}-tag-{key.replace(':', '-')}",
            tag_key=key,
            status="Active",
            opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=True),
        )
        for key in spec.allocation_tags
    }


def create_export(
    name: str, spec: CostGuardSpec, parent: pulumi.Resource
) -> aws.bcmdata.Export | None:
    """Creates the export of split cost data, if it is wanted."""
    wanted = spec.data_export
    if wanted is None:
        return None
    return aws.bcmdata.Export(
        f"{name}-export",
        export=aws.bcmdata.ExportExportArgs(
            name=f"{name}-costs",
            data_queries=[
                aws.bcmdata.ExportExportDataQueryArgs(
                    query_statement=QUERY,
                    table_configurations={
                        TABLE: {
                            "TIME_GRANULARITY": "DAILY",
                            "INCLUDE_RESOURCES": "TRUE",
                            "INCLUDE_MANUAL_DISCOUNT_COMPATIBILITY": "FALSE",
                            "INCLUDE_SPLIT_COST_ALLOCATION_DATA": "TRUE",
                        }
                    },
                )
            ],
            destination_configurations=[
                aws.bcmdata.ExportExportDestinationConfigurationArgs(
                    s3_destinations=[
                        aws.bcmdata.ExportExportDestinationConfigurationS3DestinationArgs(
                            s3_bucket=wanted["bucket_name"],
                            s3_prefix=wanted["prefix"],
                            s3_region=wanted["bucket_region"],
                            s3_output_configurations=[
                                aws.bcmdata.ExportExportDestinationConfigurationS3DestinationS3OutputConfigurationArgs(
                                    overwrite="OVERWRITE_REPORT",
                                    format="PARQUET",
                                    compression="PARQUET",
                                    output_type="CUSTOM",
                                )
                            ],
                        )
                    ]
                )
            ],
            refresh_cadences=[aws.bcmdata.ExportExportRefreshCadenceArgs(frequency="SYNCHRONOUS")],
        ),
        tags=merged(name, spec.tags),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def topic_policy(topic_arn: pulumi.Input[str], account_id: pulumi.Input[str]) -> pulumi.Output[str]:
    """Returns the policy of the guard's topic: AWS Budgets and Cost Anomaly Detection
    publish, for this account."""
    statements: list[iam.Statement] = [
        {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
        }
        for sid, service in (("AllowBudgets", BUDGETS), ("AllowAnomalies", MONITORED))
    ]
    return iam.document([*statements, iam.deny_insecure_transport("sns:Publish", topic_arn)])

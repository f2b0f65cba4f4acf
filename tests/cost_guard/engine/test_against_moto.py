"""The handler against moto: a budget's notification and a schedule stop what may be
stopped, once, and start it again; a dry run changes nothing."""

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import moto_lookups
import pytest
from groundplan.cost_guard.engine import handler, idleness, serving
from groundplan.cost_guard.engine.guard import Incomplete
from groundplan.cost_guard.engine.pools import TAINT, Busy
from groundplan.cost_guard.engine.settings import Settings
from groundplan.operations.utilization.account import Account
from moto import mock_aws

REGION, ACCOUNT, BUCKET = "us-east-1", "123456789012", "artifacts"
TAGS = [{"Key": "environment", "Value": "dev"}]
# A Monday evening and a Tuesday morning in Berlin.
EVENING = datetime.datetime(2026, 11, 30, 20, tzinfo=datetime.UTC)
MORNING = datetime.datetime(2026, 12, 1, 9, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
HOURS = {"open": "07:00", "close": "19:00", "time_zone": "Europe/Berlin"}
SETTINGS = Settings(
    environment="ml-dev",
    account_id=ACCOUNT,
    bucket=BUCKET,
    prefix="cost-guard/",
    dry_run=False,
    tags={"environment": "dev"},
    cluster="training",
    pools={"gpu": "gpu-nodes"},
    endpoints={"churn": "churn-1"},
    notebooks=True,
    training_jobs=True,
    hours=HOURS,
)


@cache
def account() -> Account:
    """Clients take longer to create than all that is asked of them."""
    return Account(REGION)


class World:
    """An account with one of everything that may be stopped, and one that may not."""

    def __init__(self) -> None:
        self.account = account()
        client = self.account.client
        self.eks, self.sagemaker, self.s3 = client("eks"), client("sagemaker"), client("s3")
        self.sns, self.sqs, self.budgets = client("sns"), client("sqs"), client("budgets")
        self.ec2 = client("ec2")
        self.s3.create_bucket(Bucket=BUCKET)
        self.topic = self.sns.create_topic(Name="alarms")["TopicArn"]
        self.queue = self.sqs.create_queue(QueueName="people")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:people"
        self.sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        role = f"arn:aws:iam::{ACCOUNT}:role/r"
        self.eks.create_cluster(
            name="training", roleArn=role, resourcesVpcConfig={"subnetIds": ["subnet-1"]}
        )
        for name in ("gpu-nodes", "system-nodes"):
            self.eks.create_nodegroup(
                clusterName="training",
                nodegroupName=name,
                scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 2},
                subnets=["subnet-1"],
                nodeRole=role,
                instanceTypes=["g5.xlarge"],
            )
        self._serve("churn-1")
        for name, tags in (("notebook", TAGS), ("somebodys", [])):
            self.sagemaker.create_notebook_instance(
                NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=role, Tags=tags
            )
        self.settings = replace(SETTINGS, topic_arn=self.topic)

    def _serve(self, name: str) -> None:
        role = f"arn:aws:iam::{ACCOUNT}:role/r"
        self.sagemaker.create_model(
            ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"}
        )
        self.sagemaker.create_endpoint_config(
            EndpointConfigName="config-7",
            ProductionVariants=[
                {
                    "VariantName": "v",
                    "ModelName": "m",
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 2,
                }
            ],
        )
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName="config-7", Tags=TAGS)

    def run(
        self, now: datetime.datetime, event: Mapping[str, Any] | None = None, **settings: Any
    ) -> dict[str, Any]:
        changed = replace(self.settings, **settings)
        return handler.handled(changed, event or {}, self.account, now)

    def pool(self, name: str = "gpu-nodes") -> tuple[int, int, bool]:
        """Minimum, desired size, and whether it has the guard's taint."""
        found = self.eks.describe_nodegroup(clusterName="training", nodegroupName=name)["nodegroup"]
        sizes = found["scalingConfig"]
        tainted = any(taint["key"] == TAINT["key"] for taint in found.get("taints") or ())
        return sizes["minSize"], sizes["desiredSize"], tainted

    def endpoints(self) -> dict[str, str]:
        found = self.sagemaker.list_endpoints()["Endpoints"]
        return {
            each["EndpointName"]: self.sagemaker.describe_endpoint(
                EndpointName=each["EndpointName"]
            )["EndpointConfigName"]
            for each in found
        }

    def notebooks(self) -> dict[str, str]:
        found = self.sagemaker.list_notebook_instances()["NotebookInstances"]
        return {each["NotebookInstanceName"]: each["NotebookInstanceStatus"] for each in found}

    def messages(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        while batch := self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for each in batch:
                found.append(json.loads(each["Body"]))
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=each["ReceiptHandle"])
        return found


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws(), moto_lookups.once():
        yield World()


def test_closing_time_stops_what_may_be_stopped_and_opening_time_starts_it(world: World) -> None:
    before = world.endpoints()
    answer = world.run(EVENING)
    assert {(step["kind"], step["reason"]) for step in answer["steps"]} == {
        ("pool", "closed"),
        ("endpoint", "closed"),
        ("notebook", "closed"),
    }
    assert world.pool() == (0, 2, True)  # what runs may finish
    assert world.pool("system-nodes") == (1, 2, False)
    assert world.endpoints() == {}
    assert world.notebooks() == {"notebook": "Stopped", "somebodys": "InService"}
    (message,) = world.messages()
    assert message["Subject"] == "Cost guard of ml-dev: stopped 3"
    assert "it opens again at 2026-12-01 06:00 UTC" in message["Message"]
    assert "start-notebook-instance --notebook-instance-name notebook" in message["Message"]

    world.run(EVENING + datetime.timedelta(minutes=15))
    assert world.messages() == []  # nothing new

    world.run(MORNING)
    assert world.pool() == (1, 2, False)
    assert world.endpoints() == before
    assert world.notebooks()["notebook"] == "Stopped"  # who needs it starts it
    (message,) = world.messages()
    assert message["Subject"] == "Cost guard of ml-dev: started 2"


def test_a_dry_run_says_once_what_it_would_do_and_changes_nothing(world: World) -> None:
    world.run(EVENING, dry_run=True)
    assert (world.pool(), len(world.endpoints())) == ((1, 2, False), 1)
    assert world.notebooks()["notebook"] == "InService"
    (message,) = world.messages()
    assert message["Subject"] == "Cost guard of ml-dev: would stop 3"
    assert "Nothing was changed: dryRun is true" in message["Message"]
    world.run(EVENING + datetime.timedelta(minutes=15), dry_run=True)
    assert world.messages() == []


def test_a_spent_budget_stops_at_once_and_is_forwarded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = {"Amount": "100", "Unit": "USD"}
    world.budgets.create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": "dev",
            "BudgetLimit": limit,
            "TimeUnit": "MONTHLY",
            "BudgetType": "COST",
        },
    )
    scope = {"budget": "dev", "scope": "environment", "percent": 100.0}
    event = {"Records": [{"Sns": {"Subject": "AWS Budgets: dev", "Message": "Over it."}}]}
    before = datetime.datetime(2026, 11, 30, 9, tzinfo=datetime.UTC)
    world.run(before, event, budgets=(scope,))
    assert world.pool() == (1, 2, False)  # moto's budgets have spent nothing
    client = world.account.client("budgets")
    answer = client.describe_budget(AccountId=ACCOUNT, BudgetName="dev")
    answer["Budget"]["CalculatedSpend"] = {"ActualSpend": {"Amount": "100.01", "Unit": "USD"}}
    monkeypatch.setattr(client, "describe_budget", lambda **_: answer)
    world.run(before + datetime.timedelta(minutes=1), event, budgets=(scope,))
    assert world.pool() == (0, 0, True)
    assert world.endpoints() == {}
    subjects = [message["Subject"] for message in world.messages()]
    assert subjects.count("AWS Budgets: dev") == 2
    assert "Cost guard of ml-dev: stopped 3" in subjects
    # What budgets say on the first day of a month may be of the month before.
    world.run(datetime.datetime(2026, 12, 1, 9, tzinfo=datetime.UTC), budgets=(scope,))
    assert world.pool() == (1, 1, False)


def test_the_ceiling_counts_the_hours_of_nodes_and_stops_them(world: World) -> None:
    (node,) = world.ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="g5.xlarge",
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [
                    {"Key": "eks:cluster-name", "Value": "training"},
                    {"Key": "eks:nodegroup-name", "Value": "gpu-nodes"},
                ],
            }
        ],
    )["Instances"]  # fmt: skip
    start = node["LaunchTime"]
    month_end = (start.replace(day=1) + datetime.timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0
    )
    own: dict[str, Any] = {"endpoints": {}, "notebooks": False, "training_jobs": False, "hours": {}}
    later = min(start + datetime.timedelta(hours=10), month_end - datetime.timedelta(seconds=1))
    hours = (later - start).total_seconds() / 3600
    # 4 nodes for an hour ahead, and 10 hours of one: 1.006 USD each (us-east-1).
    ahead = 4 * 1.006 * 1.0
    answer = world.run(later, **own, ceiling_usd=ahead + 1.006 * hours + 0.01)
    assert answer["countedUsd"] == pytest.approx(1.006 * hours, abs=1e-3)
    assert world.pool() == (1, 2, False)
    again = later + datetime.timedelta(milliseconds=500)
    world.run(again, **own, ceiling_usd=ahead + 1.006 * hours - 0.01)
    assert world.pool() == (0, 0, True)
    (message,) = world.messages()
    assert "the ceiling of" in message["Message"]
    assert "raise ceiling.usdPerMonth" in message["Message"]


def test_an_environment_that_expires_is_announced_and_then_stopped(world: World) -> None:
    own: dict[str, Any] = {"hours": {}, "expires": "2026-12-05"}
    world.run(datetime.datetime(2026, 11, 28, tzinfo=datetime.UTC), **own)
    assert world.messages() == []
    world.run(datetime.datetime(2026, 11, 29, tzinfo=datetime.UTC), **own)
    world.run(datetime.datetime(2026, 12, 4, tzinfo=datetime.UTC), **own)
    (message,) = world.messages()
    assert "expires after 2026-12-05" in message["Message"]
    assert len(world.endpoints()) == 1
    world.run(datetime.datetime(2026, 12, 6, tzinfo=datetime.UTC), **own)
    assert (world.pool(), world.endpoints()) == ((0, 0, True), {})


def test_what_fails_is_tried_again_and_stops_nothing_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Busy("endpoint churn-1 is Updating")

    with monkeypatch.context() as patched:
        patched.setattr(serving, "stop", fail)
        with pytest.raises(Incomplete, match="endpoint churn-1 is Updating"):
            world.run(EVENING)
    assert world.notebooks()["notebook"] == "Stopped"
    world.run(EVENING + datetime.timedelta(minutes=15))
    assert world.endpoints() == {}


def test_a_notification_that_was_not_sent_is_sent_by_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("the function was ended")

    with monkeypatch.context() as patched:
        patched.setattr(world.account.client("sns"), "publish", fail)
        with pytest.raises(RuntimeError):
            world.run(EVENING)
    world.run(EVENING + datetime.timedelta(minutes=15))
    (message,) = world.messages()
    assert message["Subject"] == "Cost guard of ml-dev: stopped 3"


def test_of_two_runs_at_the_same_time_one_acts(world: World) -> None:
    from groundplan.cost_guard.engine.journal import Journal

    journal = Journal(world.s3, BUCKET, "cost-guard/", None)
    data: dict[str, Any] = {"ledger": {}}
    assert journal.add(None, EVENING, data) is not None
    assert journal.add(None, EVENING, data) is None


def test_a_key_without_a_price_is_reported_once(world: World) -> None:
    world.sagemaker.create_notebook_instance(
        NotebookInstanceName="odd",
        InstanceType="ml.p3.2xlarge",
        RoleArn=f"arn:aws:iam::{ACCOUNT}:role/r",
        Tags=TAGS,
    )
    world.run(MORNING)
    world.run(MORNING + datetime.timedelta(minutes=15))
    texts = [message["Message"] for message in world.messages()]
    assert len([text for text in texts if "ml.p3.2xlarge" in text]) == 1


def test_idle_volumes_and_addresses_are_reported_once_and_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idleness, "KINDS", {})  # metrics and logs are utilization's tests
    tagged = {"Tags": TAGS}
    address = world.ec2.allocate_address(
        Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", **tagged}]
    )
    world.ec2.allocate_address(Domain="vpc")  # somebody's
    world.run(MORNING, idle=True)
    world.run(MORNING + datetime.timedelta(days=1), idle=True)
    (message,) = world.messages()
    assert message["Message"].startswith(f"Idle address {address['PublicIp']}, 3.65 USD a month")
    assert "somebody" not in message["Message"]
    assert len(world.ec2.describe_addresses()["Addresses"]) == 2


def test_an_idle_notebook_is_stopped_once_a_day_by_choice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = []

    def idle(*_: object) -> idleness.Idle:
        looked.append(1)
        return idleness.Idle(frozenset({"notebook/notebook"}))

    monkeypatch.setattr(idleness, "idle", idle)
    world.run(MORNING)
    assert world.notebooks()["notebook"] == "InService"
    world.run(MORNING + datetime.timedelta(days=1), idle=True)
    world.run(MORNING + datetime.timedelta(days=1, minutes=15), idle=True)
    assert world.notebooks()["notebook"] == "Stopped"
    assert len(looked) == 1
    (message,) = world.messages()
    assert "It idles, as `groundplan utilization` judges" in message["Message"]


def test_the_ceiling_knows_what_an_endpoint_may_scale_to_and_may_start_again(
    world: World,
) -> None:
    world.account.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId="endpoint/churn-1/variant/v",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=6,
    )
    own: dict[str, Any] = {"pools": {}, "notebooks": False, "training_jobs": False}
    ahead = 6 * 0.115  # USD, for an hour: six instances, though two run
    second = datetime.timedelta(seconds=1)
    world.run(MORNING, **own)
    world.run(MORNING + second, **own, ceiling_usd=ahead + spent(world) + 0.01)
    assert len(world.endpoints()) == 1
    evening, morning = EVENING + DAY, MORNING + DAY
    world.run(evening, **own)
    assert world.endpoints() == {}
    world.run(evening + datetime.timedelta(minutes=15), **own)
    # The next morning six instances may start again.
    world.run(morning, **own, ceiling_usd=ahead + spent(world) - 0.01)
    assert world.endpoints() == {}
    world.run(morning + second, **own, ceiling_usd=ahead + spent(world) + 0.01)
    assert len(world.endpoints()) == 1


def spent(world: World) -> float:
    """What the last run counted."""
    from groundplan.cost_guard.engine.journal import Journal

    last = Journal(world.s3, BUCKET, "cost-guard/", None).last(MORNING)
    return 0.0 if last is None else float(last.data["ledger"]["usd"])

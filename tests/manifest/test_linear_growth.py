"""The work of a preview grows with the number of resources, not faster."""

import cProfile
import pstats
import tempfile
from collections.abc import Callable

import pulumi
import pulumi_aws as aws
from groundplan.diff.comparison import compare
from groundplan.manifest.model import Manifest
from groundplan.manifest.recorder import ProgramContext, record
from groundplan.policy.check import check
from groundplan.risk.analysis import analyze


def program(groups: int) -> None:
    """Components, resources that depend on others, and documents of outputs."""
    for number in range(groups):
        parent = pulumi.ComponentResource("test:index:Group", f"group-{number}")
        child = pulumi.ResourceOptions(parent=parent)
        queue = aws.sqs.Queue(f"queue-{number}", tags={"number": str(number)}, opts=child)
        role = aws.iam.Role(f"role-{number}", assume_role_policy="{}", opts=child)
        policy = pulumi.Output.json_dumps({"Statement": [{"Resource": queue.arn}]})
        aws.iam.RolePolicy(f"policy-{number}", role=role.name, policy=policy, opts=child)


def preview(groups: int) -> Manifest:
    manifest = record(lambda: program(groups), ProgramContext("shop", "dev"))
    changes = compare(Manifest("shop", "dev", manifest.resources[::2]), manifest, "main")
    analyze(changes, Manifest("shop", "dev", ()), manifest)
    check(manifest)
    manifest.to_json()
    return manifest


def calls(function: Callable[[], object]) -> int:
    """The number of function calls: unlike time, the same in every run."""
    profile = cProfile.Profile()
    profile.runcall(function)
    with tempfile.TemporaryFile("w") as output:
        return int(pstats.Stats(profile, stream=output).total_calls)  # type: ignore[attr-defined]


def test_four_times_the_resources_take_at_most_four_times_the_calls() -> None:
    preview(2)  # what is created once in a process
    assert len(preview(10).resources) == 40
    few, many = (calls(lambda groups=groups: preview(groups)) for groups in (10, 40))  # type: ignore[misc]
    assert many <= 4.2 * few

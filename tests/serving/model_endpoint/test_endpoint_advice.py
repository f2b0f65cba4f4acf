"""Following the fix of a problem ends in arguments that are accepted."""

import copy
import re
from typing import Any

import pytest
from groundplan.arguments import read
from groundplan.context import Context
from groundplan.problems import Problem
from groundplan.serving.model_endpoint.args import ModelEndpointArgs
from groundplan.serving.model_endpoint.validation import validate
from hypothesis import given, settings
from hypothesis import strategies as st

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/fraud:1.4.2"
ARTIFACTS = {
    "bucket_name": "b",
    "bucket_arn": "arn:aws:s3:::b",
    "kms_key_arn": "arn:aws:kms:us-east-1:123456789012:key/k",
}
BASE: dict[str, Any] = {"image": IMAGE, "instance_type": "ml.m5.large"}
ROUNDS = 60


def problems(args: dict[str, Any]) -> list[Problem]:
    checked, shape = read(ModelEndpointArgs, args)
    return [*shape, *validate(checked, Context("fraud", "ml", "prod"))]


def alternatives(problem: Problem) -> list[str]:
    """Returns the alternative fixes that say all that is to be done."""
    fixes = re.split(r", or (?=set |remove )", problem.fix)
    return [fix for fix in fixes if fix.startswith("remove ") or " to " in fix]


def changes(fix: str) -> dict[str, Any]:
    """Returns what a fix changes: the path of an argument -> its value, None to remove
    it."""
    steps, _, rest = fix.partition(", and use ")[0].partition("remove ")
    result: dict[str, Any] = dict.fromkeys(
        re.findall(r"[a-z][\w.]*[a-z]", rest.replace(" and ", " "))
    )
    for key, value in re.findall(r"([a-z][\w.]*) to ([\w.-]+)", steps):
        result[key] = int(value) if value.isdigit() else value
    assert result, fix
    return result


def followed(args: dict[str, Any], fix: str) -> dict[str, Any]:
    result = copy.deepcopy(args)
    for key, value in changes(fix).items():
        *groups, last = key.split(".")
        group = result
        for name in groups:
            group = group.setdefault(name, {})
        if value is None:
            del group[last]
        else:
            group[last] = value
    return result


def optional(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


def whole(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


ROLLOUT = optional(
    strategy=st.sampled_from(["canary", "linear", "rolling", "all-at-once"]),
    canary_percent=whole(1, 50),
    step_percent=whole(10, 50),
    batch_percent=whole(5, 50),
    rollback_batch_percent=whole(5, 100),
    wait_seconds=whole(0, 3600),
    termination_wait_seconds=whole(0, 3600),
    timeout_seconds=whole(600, 14_400),
)
SCALING = optional(
    min_instances=whole(-1, 12),
    max_instances=whole(-1, 12),
    invocations_per_instance=whole(0, 100),
    concurrent_requests_per_instance=whole(0, 10),
    backlog_per_instance=whole(0, 10),
    scale_in_cooldown_seconds=whole(-1, 10),
)
VARIANT = optional(instance_count=whole(0, 6), scaling=SCALING, weight=st.sampled_from([0.0, 1.0]))
REAL_TIME = optional(
    instance_type=st.sampled_from(["ml.m5.large", "ml.inf1.xlarge", "ml.inf2.xlarge"]),
    instance_count=whole(0, 12),
    variants=st.dictionaries(st.sampled_from(["a", "b", "c"]), VARIANT, max_size=3),
    rollout=ROLLOUT,
    scaling=SCALING,
    alarms=optional(
        evaluation_minutes=whole(1, 60),
        max_gpu_percent=st.just(90.0),
        max_backlog_age_seconds=st.just(600),
    ),
    inference_ami_version=st.sampled_from(
        ["al2-ami-sagemaker-inference-neuron-2", "al2023-ami-sagemaker-inference-gpu-4-1"]
    ),
    release=st.sampled_from(["registry", "declared"]),
    model_package_group=st.just("fraud"),
    gates=st.just({"confidence": 0.9}),
)
WITH_SHADOW = st.tuples(
    REAL_TIME.filter(lambda args: args.get("instance_type") != "ml.inf1.xlarge"),
    optional(shadow=VARIANT.map(lambda own: {k: v for k, v in own.items() if k != "weight"})),
).map(lambda parts: parts[0] | parts[1])
ASYNCHRONOUS = optional(
    instance_count=whole(0, 12),
    rollout=ROLLOUT,
    scaling=SCALING,
    alarms=optional(evaluation_minutes=whole(1, 60)),
    asynchronous=st.just({}),
    capture=st.just({"percent": 10}),
    routing=st.just("random"),
    variants=st.just({"a": {}}),
).map(lambda args: {"asynchronous": {}, "artifacts": ARTIFACTS, **args})
SERVERLESS = optional(
    serverless=optional(
        memory_mb=whole(0, 9000),
        max_concurrency=whole(1, 200),
        provisioned_concurrency=whole(-1, 250),
        max_provisioned_concurrency=whole(-1, 250),
        target_utilization_percent=whole(10, 90),
    ),
    instance_count=whole(1, 4),
    scaling=SCALING,
    rollout=ROLLOUT,
    volume_size_gb=whole(1, 10),
    alarms=optional(max_disk_percent=st.just(90.0)),
).map(lambda args: {"serverless": {}, **args})
ENDPOINTS = st.one_of(
    WITH_SHADOW.map(lambda args: {**BASE, **args}),
    ASYNCHRONOUS.map(lambda args: {**BASE, **args}),
    SERVERLESS.map(lambda args: {"image": IMAGE, **args}),
)


@settings(max_examples=200, deadline=None)
@given(ENDPOINTS, st.data())
def test_following_any_fix_of_any_problem_ends_in_acceptance(
    args: dict[str, Any], data: st.DataObject
) -> None:
    if args.get("release") == "registry":
        args = {**args, "model_package_group": "fraud"}  # nothing but its owner can name it
    for _ in range(ROUNDS):
        remaining = problems(args)
        if not remaining:
            return
        problem = data.draw(st.sampled_from(remaining))
        assert alternatives(problem), problem
        fix = data.draw(st.sampled_from(alternatives(problem)))
        args = followed(args, fix)
        refused = {later.key for later in problems(args)} & changes(fix).keys()
        assert not refused, f"{fix}: refused again"
    pytest.fail(f"{problems(args)} remain after {ROUNDS} fixes")


@settings(max_examples=200, deadline=None)
@given(
    whole(1, 40),
    st.sampled_from(["registry", "declared"]),
    whole(1, 60),
    optional(
        wait_seconds=whole(0, 3600),
        termination_wait_seconds=whole(0, 3600),
        timeout_seconds=whole(600, 14_400),
    ),
    st.sampled_from([{}, {"strategy": "linear"}, {"strategy": "linear", "step_percent": 10}]),
)
def test_one_fix_of_the_times_is_enough(
    count: int, release: str, minutes: int, times: dict[str, Any], steps: dict[str, Any]
) -> None:
    args = {
        **BASE,
        "instance_count": count,
        "release": release,
        "alarms": {"evaluation_minutes": minutes},
        "rollout": {**times, **(steps if count > 1 else {})},
    }
    if release == "registry":
        args["model_package_group"] = "fraud"
    for problem in problems(args):
        for fix in alternatives(problem):
            assert problems(followed(args, fix)) == [], fix


@pytest.mark.parametrize(
    ("args", "fixes"),
    [
        (
            {"instance_count": 1, "alarms": {"evaluation_minutes": 6}},
            {
                "rollout.wait_seconds": "set rollout.wait_seconds to 360 and "
                "rollout.termination_wait_seconds to 360, or set alarms.evaluation_minutes to 5",
                "rollout.termination_wait_seconds": "set rollout.wait_seconds to 360 and "
                "rollout.termination_wait_seconds to 360, or set alarms.evaluation_minutes to 5",
            },
        ),
        (
            {"release": "registry", "model_package_group": "f", "rollout": {"wait_seconds": 1700}},
            {"rollout.timeout_seconds": "set rollout.timeout_seconds to 4300"},
        ),
        (
            {
                "release": "registry",
                "model_package_group": "f",
                "rollout": {"strategy": "linear", "step_percent": 25, "wait_seconds": 900},
            },
            {"rollout.timeout_seconds": "set rollout.timeout_seconds to 4500"},
        ),
        (
            {"rollout": {"wait_seconds": 1700}},
            {"rollout.wait_seconds": "set rollout.wait_seconds to 1620"},
        ),
        (
            {"alarms": {"evaluation_minutes": 60}},
            {
                "rollout.wait_seconds": "set rollout.wait_seconds to 1740, "
                "rollout.termination_wait_seconds to 0 and alarms.evaluation_minutes to 29, or set "
                "alarms.evaluation_minutes to 5"
            },
        ),
    ],
)
def test_the_fixes_of_times_name_full_paths_and_values(
    args: dict[str, Any], fixes: dict[str, str]
) -> None:
    assert {problem.key: problem.fix for problem in problems({**BASE, **args})} == fixes


def test_a_response_in_notifications_needs_one_of_the_topics_of_the_arguments() -> None:
    base = {**BASE, "artifacts": ARTIFACTS}
    (problem,) = problems({**base, "asynchronous": {"include_response": True}})
    assert problem.key == "asynchronous.include_response"
    topics = re.findall(r"asynchronous\.(\w+_topic_arn)", problem.fix)
    assert topics == ["success_topic_arn", "error_topic_arn"]
    for topic in topics:
        queue = {"include_response": True, topic: "arn:aws:sns:us-east-1:123456789012:results"}
        assert problems({**base, "asynchronous": queue}) == []

"""The steps of a run: what they ask the platform for, how long they wait, and how they
end a run."""

import datetime
import hashlib
import json
from typing import Any

import pytest
from groundplan.data.versions import manifest
from groundplan.release.engine.errors import Unreadable
from groundplan.retraining.engine import datasets, driver, release_record
from groundplan.retraining.engine.answers import LONGEST as LONGEST_MESSAGE
from groundplan.retraining.engine.answers import Answer
from groundplan.retraining.engine.datasets import Tag, Version
from groundplan.retraining.engine.names import Outcome, Status, Step
from groundplan.retraining.engine.pipeline import Pipeline
from groundplan.retraining.engine.run import LONGEST, SHORTEST, patience
from groundplan.retraining.engine.services import ReleaseStatus
from groundplan.retraining.engine.settings import EvaluationSettings, LimitSettings
from retraining_account import Account, refusal
from retraining_world import (
    DRIFT,
    ENDPOINT,
    TARGET,
    approve,
    dataset,
    evaluated,
    metrics,
    pipeline,
    publish,
    serving,
    version,
)

ROOT = f"retraining/{ENDPOINT}/"
CANDIDATE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/churn/2"


def until(retraining: Pipeline, step: Step, looks: int = 20) -> Answer:
    """Advances a run until a step waits, or the run has ended."""
    for _ in range(looks):
        answer = driver.advance(retraining, DRIFT)
        if answer.step in (step, Step.END):
            return answer
    raise AssertionError(answer)


def noted(account: Account, run: str, name: str) -> dict[str, Any]:
    return json.loads(account.text(f"{ROOT}runs/{run}/{name}.json"))  # type: ignore[no-any-return]


# Dataset and training.


def test_only_the_data_differs_from_the_champion_s_record(
    retraining: Pipeline, account: Account
) -> None:
    run = until(retraining, Step.TRAIN).run
    old = noted(account, run, "begun")["champion"]["record"]
    new = noted(account, run, "dataset")["record"]
    assert new["datasets"]["train"]["version"] == version(2)
    assert {**new, "datasets": 0} == {**old, "datasets": 0}
    (request,) = [job.request for job in account.training.values()]
    assert request["Environment"]["GROUNDPLAN_RECORD"] in (
        f"s3://artifacts/{key}" for key in account.keys("runs/churn/")
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda a: publish(a, 2, passed=False), "quality checks"),
        (lambda a: publish(a, 2, folder="landing/"), "is gone, or was written since"),
        (
            lambda a: a.objects.pop(("artifacts", f"datasets/churn/versions/{dataset(2)[2]}.json")),
            "not committed",
        ),
    ],
)
def test_unsound_data_is_not_trained_on(account: Account, spoil: Any, message: str) -> None:
    spoil(account)
    answer = until(pipeline(account), Step.TRAIN)
    assert answer.outcome in (Outcome.REJECTED, Outcome.FAILED)
    assert message in answer.message
    assert account.training == {}


def test_snapshot_of_a_table_without_objects_is_refused(account: Account) -> None:
    text = manifest.written("churn", (), manifest.Description(table={"table": "shop.churn"}))
    digest = hashlib.sha256(text).hexdigest()
    account.put(f"datasets/churn/versions/{digest}.json", text)
    tag = {"dataset": "churn", "tag": "latest", "digest": f"sha256:{digest}", "sequence": 3}
    account.put("datasets/churn/tags/latest.json", json.dumps(tag))
    answer = until(pipeline(account), Step.TRAIN)
    assert (answer.outcome, "snapshot of a table" in answer.message) == (Outcome.FAILED, True)


def test_open_run_keeps_its_dataset_version_from_garbage_collections(
    retraining: Pipeline, account: Account
) -> None:
    run = retraining.take(Step.DECIDE, {"event": DRIFT}).run
    assert version(2) in account.text(f"{ROOT}runs/{run}/begun.json")
    assert version(2) in account.text(f"{ROOT}lock.json")


def test_long_message_stays_within_the_payload_of_a_state() -> None:
    answer = Answer(Status.ENDED, Step.TRAIN, "1", "x" * 100_000, Outcome.FAILED)
    assert len(answer.document()["message"]) == LONGEST_MESSAGE


def test_object_that_was_overwritten_after_the_commit_is_refused(account: Account) -> None:
    for part in "ab":
        account.put(f"landing/{part}.parquet", "1")
    publish(account, 2, folder="landing/")
    assert until(pipeline(account.snapshot()), Step.TRAIN).status is Status.WAIT

    account.pass_time(hours=1)
    account.put("landing/b.parquet", "2")
    answer = until(pipeline(account), Step.TRAIN)
    assert "s3://artifacts/landing/b.parquet is not what" in answer.message


def test_list_of_objects_has_their_common_folder_as_prefix() -> None:
    found = datasets.listing("b", Version(Tag("d", "", "0"), ("x/1/a", "x/1/b", "x/2/a"), True))
    assert found == [{"prefix": "s3://b/x/"}, "1/a", "1/b", "2/a"]
    one = datasets.listing("b", Version(Tag("d", "", "0"), ("x/1/a",), True))
    assert one == [{"prefix": "s3://b/x/1/"}, "a"]
    none = datasets.listing("b", Version(Tag("d", "", "0"), ("a", "b/c"), True))
    assert none == [{"prefix": "s3://b/"}, "a", "b/c"]


def test_quota_that_is_used_up_is_waited_for(account: Account) -> None:
    full = [refusal("ResourceLimitExceeded", "0 instances are left", "CreateTrainingJob")]
    create = account._create_training_job

    def refused(params: dict[str, Any]) -> dict[str, Any]:
        if full:
            raise full.pop()
        return create(params)

    account._create_training_job = refused  # type: ignore[method-assign]
    retraining = pipeline(account)
    answer = until(retraining, Step.TRAIN)
    assert (answer.status, "0 instances are left" in answer.message) == (Status.WAIT, True)
    assert "is started" in until(retraining, Step.TRAIN).message


def test_model_that_a_former_attempt_trained_is_not_trained_again(account: Account) -> None:
    retraining = pipeline(account)
    account.processing_ends.append("Failed")
    first = until(retraining, Step.END).run
    account.pass_time(days=2)
    second = until(retraining, Step.APPROVAL).run
    assert first != second
    assert (len(account.training), len(account.processing)) == (1, 2)
    assert noted(account, second, "train")["usd"] == 0


def test_job_that_failed_is_another_job_in_the_next_attempt(account: Account) -> None:
    retraining = pipeline(account)
    account.training_ends.append("Failed")
    until(retraining, Step.END)
    account.pass_time(days=2)
    until(retraining, Step.APPROVAL)
    first, second = account.training
    assert second == f"{first}-1"


def test_job_that_waits_for_too_long_is_stopped(account: Account) -> None:
    account.ticks = 1000
    retraining = pipeline(account)
    until(retraining, Step.TRAIN)
    account.pass_time(hours=25)
    assert until(retraining, Step.TRAIN).status is Status.WAIT
    account.pass_time(hours=2)
    answer = until(retraining, Step.TRAIN)
    assert (answer.outcome, "within 26 hours" in answer.message) == (Outcome.FAILED, True)
    assert [job.stopped for job in account.training.values()] == [True]


def test_waits_grow_with_what_has_passed_and_stay_within_bounds() -> None:
    assert patience(0) == SHORTEST
    assert patience(3000) == 300
    assert patience(1e6) == LONGEST


# Evaluation and gates.


def test_both_models_are_measured_on_the_same_data(account: Account) -> None:
    evaluation = EvaluationSettings(
        held_out=version(1),
        recent="s3://artifacts/recent/",
        command=("python", "judge.py"),
        usd_per_hour=0.5,
    )
    until(pipeline(account, evaluation=evaluation), Step.APPROVAL)
    (job,) = account.processing.values()
    sources = {
        entry["InputName"]: (entry["S3Input"]["S3DataType"], entry["S3Input"]["S3Uri"])
        for entry in job.request["ProcessingInputs"]
    }
    assert sources["champion"] == ("S3Prefix", "s3://artifacts/models/churn/1/model.tar.gz")
    assert sources["recent"] == ("S3Prefix", "s3://artifacts/recent/")
    kind, listing = sources["held-out"]
    assert kind == "ManifestFile"
    objects = json.loads(account.text(listing.removeprefix("s3://artifacts/")))
    assert objects == [
        {"prefix": "s3://artifacts/datasets/churn/objects/1/"},
        "a.parquet",
        "b.parquet",
    ]
    run = listing.split("/")[-2]
    assert noted(account, run, "evaluate-data")["held_out"] == version(1)
    assert job.request["AppSpecification"]["ContainerEntrypoint"] == ["python", "judge.py"]


def test_evaluation_may_take_its_runtime_beside_its_wait_for_capacity(account: Account) -> None:
    evaluation = EvaluationSettings(
        held_out="s3://artifacts/held-out/", usd_per_hour=0.5, max_runtime_seconds=2 * 86_400
    )
    retraining = pipeline(account, evaluation=evaluation, limits=LimitSettings(evaluation_hours=12))
    until(retraining, Step.EVALUATE)
    (job,) = account.processing.values()
    job.ticks = 1000
    account.pass_time(hours=59)
    assert until(retraining, Step.EVALUATE).status is Status.WAIT
    account.pass_time(hours=2)
    answer = until(retraining, Step.EVALUATE)
    assert (answer.outcome, "within 60 hours" in answer.message) == (Outcome.FAILED, True)
    assert noted(account, answer.run, "verdict")["usd"] == 24


def test_tag_that_moves_during_an_evaluation_changes_nothing(account: Account) -> None:
    """A process ends after it has written the list, before it starts the job."""
    publish(account, 4, tag="held-out")
    evaluation = EvaluationSettings(held_out="churn:held-out", usd_per_hour=0.5)
    retraining = pipeline(account, evaluation=evaluation)
    account.evaluate = evaluated()

    def end(operation: str) -> None:
        if operation == "create_processing_job":
            raise refusal("InternalFailure", "the process ends", operation, 500)

    account.before = end
    run = until(retraining, Step.FAULT).run
    publish(account, 5, tag="held-out")
    account.before = lambda _operation: None
    until(retraining, Step.APPROVAL)
    assert noted(account, run, "evaluate-data")["held_out"] == version(4)
    objects = json.loads(account.text(f"{ROOT}runs/{run}/held_out.manifest.json"))
    assert objects[0]["prefix"].endswith("/objects/4/")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (None, "it wrote no s3://"),
        ("{", "is no JSON"),
        ("[]", "is no JSON object"),
        ({"metrics": {}}, "metrics"),
        ({"metrics": {"auc": {"value": 0.9}}}, "does not measure the champion"),
        (metrics(champion_arn="another"), "does not measure the champion"),
    ],
)
def test_evaluation_without_both_models_is_of_no_use(
    account: Account, document: Any, message: str
) -> None:
    def write(account: Account, request: Any) -> None:
        output = request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        if document is not None:
            text = document if isinstance(document, str) else json.dumps(document)
            account.put(f"{output.split('/', 3)[3]}/metrics.json", text)

    account.evaluate = write
    answer = until(pipeline(account), Step.APPROVAL)
    assert (answer.outcome, message in answer.message) == (Outcome.FAILED, True), answer.message


@pytest.mark.parametrize(
    ("held_out", "message"),
    [("", "set evaluation.held_out"), ("churn:latest", "what the candidate was trained on")],
)
def test_without_data_that_no_run_trains_on_nothing_is_judged(
    account: Account, held_out: str, message: str
) -> None:
    evaluation = EvaluationSettings(held_out=held_out, usd_per_hour=0.5)
    answer = until(pipeline(account, evaluation=evaluation), Step.APPROVAL)
    assert (answer.outcome, message in answer.message) == (Outcome.FAILED, True)
    assert account.processing == {}


def test_evaluation_must_measure_recent_data_where_there_is_some(account: Account) -> None:
    def write(account: Account, request: Any) -> None:
        arn = request["Environment"]["GROUNDPLAN_CHAMPION_ID"]
        document = metrics(champion_arn=arn)
        del document["champion"]["slices"]
        output = request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        account.put(f"{output.split('/', 3)[3]}/metrics.json", json.dumps(document))

    account.evaluate = write
    assert "champion on recent data" in until(pipeline(account), Step.APPROVAL).message


def test_checks_are_recorded_with_the_verdict(retraining: Pipeline, account: Account) -> None:
    account.evaluate = evaluated(candidate=0.85)
    run = until(retraining, Step.APPROVAL).run
    verdict = noted(account, run, "verdict")
    assert verdict["outcome"] == "rejected"
    assert [check["rule"] for check in verdict["checks"] if not check["ok"]] == ["regression"] * 2
    assert len(account.packages) == 1


def test_another_champion_meanwhile_supersedes_the_run_and_its_triggers_wait(
    retraining: Pipeline, account: Account
) -> None:
    until(retraining, Step.EVALUATE)
    other = dict(account.packages[CANDIDATE.replace("/2", "/1")])
    arn = CANDIDATE.replace("/2", "/9")
    account.packages[arn] = {**other, "ModelPackageArn": arn, "ModelPackageVersion": 9}
    account.models[f"{ENDPOINT}-model"] = {"PrimaryContainer": {"ModelPackageName": arn}}
    answer = until(retraining, Step.APPROVAL)
    assert answer.outcome is Outcome.SUPERSEDED
    assert not account.keys(f"{ROOT}answers/")

    account.pass_time(days=2)
    assert until(retraining, Step.EVALUATE).run != answer.run
    assert len(account.training) == 1  # of the same record: the model is there


def test_neither_gates_nor_a_person_release_nothing(account: Account) -> None:
    target = {**TARGET, "gates": {}}
    answer = until(pipeline(account, release_target=target, approval_required=False), Step.APPROVAL)
    assert (answer.outcome, "Fix: set gates" in answer.message) == (Outcome.FAILED, True)


# Registration and approval.


def test_registered_version_has_the_evaluation_of_both(
    retraining: Pipeline, account: Account
) -> None:
    run = until(retraining, Step.APPROVAL).run
    package = account.packages[CANDIDATE]
    uri = package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]
    document = json.loads(account.text(uri.removeprefix("s3://artifacts/")))
    assert document == noted(account, run, "evaluate")["metrics"]
    properties = package["CustomerMetadataProperties"]
    assert properties["groundplan:dataset:train"] == version(2)
    assert properties["groundplan:registered-by"].endswith("retraining/function")
    container = package["InferenceSpecification"]["Containers"][0]
    assert container["Environment"] == {"THRESHOLD": "0.5"}


def test_gates_alone_approve_where_no_person_is_asked_for(account: Account) -> None:
    retraining = pipeline(account, approval_required=False)
    answer = until(retraining, Step.WATCH, looks=30)
    assert answer.outcome is Outcome.RELEASED
    assert serving(account) == CANDIDATE


def test_gates_alone_do_not_replace_a_sign_off(account: Account) -> None:
    gates = {**TARGET["gates"], "sign_off": {"required": True}}
    target = {**TARGET, "gates": gates}
    answer = until(pipeline(account, approval_required=False, release_target=target), Step.APPROVAL)
    assert answer.status is Status.WAIT
    assert "can't sign it off too" in answer.message


def test_driver_asks_for_the_approval_once(retraining: Pipeline, account: Account) -> None:
    for _ in range(10):
        driver.advance(retraining, DRIFT)
    asked = [sent for sent in account.published if "waits for approval" in sent["Message"]]
    assert len(asked) == 1


def test_approval_without_the_sign_off_that_the_endpoint_demands_is_none(
    account: Account,
) -> None:
    gates = {**TARGET["gates"], "sign_off": {"required": True}}
    retraining = pipeline(account, release_target={**TARGET, "gates": gates})
    until(retraining, Step.APPROVAL)
    approve(account)
    answer = driver.advance(retraining)
    assert (answer.step, answer.status) == (Step.APPROVAL, Status.WAIT)
    assert "without a gate report" in answer.message


# Release and watch.


def test_release_waits_while_an_alarm_is_on(retraining: Pipeline, account: Account) -> None:
    until(retraining, Step.APPROVAL)
    approve(account)
    account.alarms.add("errors")
    answer = driver.advance(retraining)
    assert (answer.step, answer.status) == (Step.RELEASE, Status.WAIT)
    assert "errors" in answer.message
    assert account.updates == 0
    account.alarms.clear()
    assert until(retraining, Step.WATCH).outcome is Outcome.RELEASED


def test_release_that_can_not_begin_in_time_fails(retraining: Pipeline, account: Account) -> None:
    until(retraining, Step.APPROVAL)
    approve(account)
    account.alarms.add("errors")
    driver.advance(retraining)
    account.pass_time(hours=13)
    answer = driver.advance(retraining)
    assert answer.outcome is Outcome.FAILED
    assert "could not be released within 12 hours" in answer.message


def test_release_by_somebody_else_is_joined(retraining: Pipeline, account: Account) -> None:
    """The function of a `ReleaseRuntime` acts on the approval first."""
    until(retraining, Step.APPROVAL)
    approve(account)
    retraining.context.services.releases.begin(CANDIDATE, "approved in the registry")
    assert until(retraining, Step.WATCH).outcome is Outcome.RELEASED
    assert account.updates == 1


def test_endpoint_is_watched_for_the_bake_time(account: Account) -> None:
    retraining = pipeline(account, limits=LimitSettings(bake_minutes=30))
    until(retraining, Step.APPROVAL)
    approve(account)
    answer = until(retraining, Step.WATCH)
    assert (answer.status, answer.wait_seconds) == (Status.WAIT, 300)
    account.pass_time(minutes=31)
    assert until(retraining, Step.END).outcome is Outcome.RELEASED


def test_an_alarm_that_went_on_and_off_between_two_looks_takes_the_release_back(
    account: Account,
) -> None:
    retraining = pipeline(account, limits=LimitSettings(bake_minutes=30))
    until(retraining, Step.APPROVAL)
    approve(account)
    account.alarm_history.append(("errors", account.now - datetime.timedelta(minutes=1)))
    answer = until(retraining, Step.WATCH)
    assert answer.message.endswith("is watched")  # what was before the release is not its fault
    account.pass_time(minutes=2)
    account.alarm_history.append(("errors", account.now))
    account.pass_time(minutes=2)
    answer = driver.advance(retraining)
    assert "is being rolled back: alarms were on since the release began: errors" in answer.message
    assert until(retraining, Step.END).outcome is Outcome.ROLLED_BACK


def test_an_alarm_between_the_release_and_the_next_look_takes_it_back(account: Account) -> None:
    retraining = pipeline(account, limits=LimitSettings(bake_minutes=30))
    until(retraining, Step.APPROVAL)
    approve(account)
    assert driver.advance(retraining).step is Step.RELEASE  # it begins
    account.pass_time(minutes=1)
    account.alarm_history.append(("errors", account.now))
    account.pass_time(minutes=4)
    answer = until(retraining, Step.END)
    assert answer.outcome is Outcome.ROLLED_BACK
    assert "alarms were on since the release began: errors" in answer.message


@pytest.mark.parametrize("text", [None, "", "yesterday", "2026-11-28T12:00:00"])
def test_a_record_without_a_time_has_no_beginning(text: str | None) -> None:
    state = release_record.released("v", "v", {"started_at": text}, "s3://b/r.json", "no version")
    assert (state.status, state.started_at) == (ReleaseStatus.LIVE, None)


def test_longest_wait_stays_within_the_history_of_an_execution() -> None:
    """Some ten events for each look, of 25,000: a job of 28 days."""
    age, looks = 0.0, 0
    while age < 28 * 86_400:
        age, looks = age + patience(age), looks + 1
    assert looks * 10 < 10_000


def test_version_that_a_person_took_back_while_it_was_watched_is_rolled_back(
    account: Account,
) -> None:
    retraining = pipeline(account, limits=LimitSettings(bake_minutes=30))
    until(retraining, Step.APPROVAL)
    approve(account)
    until(retraining, Step.WATCH)
    account.endpoints[ENDPOINT].config = f"{ENDPOINT}-config"
    answer = until(retraining, Step.END)
    assert (answer.outcome, "serves" in answer.message) == (Outcome.ROLLED_BACK, True)


def test_record_of_a_run_leads_to_data_training_and_version(
    retraining: Pipeline, account: Account
) -> None:
    until(retraining, Step.APPROVAL)
    approve(account)
    run = until(retraining, Step.END).run
    record = noted(account, run, "ended")
    assert (record["dataset"], record["version"]) == (version(2), CANDIDATE)
    properties = account.packages[CANDIDATE]["CustomerMetadataProperties"]
    assert record["record_uri"] == properties["groundplan:run-record"]
    assert record["champion"] == CANDIDATE.replace("/2", "/1")


# Faults.


def test_no_fault_after_the_release_began_ends_the_run(
    retraining: Pipeline, account: Account
) -> None:
    until(retraining, Step.APPROVAL)
    approve(account)
    until(retraining, Step.RELEASE)
    run = driver.advance(retraining).run
    for _ in range(5):
        answer = retraining.take(Step.FAULT, {"run": run, "error": {"Cause": "AWS is down"}})
        assert (answer.status, answer.notify) == (Status.IDLE, True)
    assert until(retraining, Step.END).outcome is Outcome.RELEASED


def test_driver_records_faults_and_notifies(account: Account) -> None:
    retraining = pipeline(account)
    until(retraining, Step.TRAIN)

    def broken(operation: str) -> None:
        if operation == "describe_training_job":
            raise refusal("InternalFailure", "AWS is down", "DescribeTrainingJob", 500)

    account.before = broken
    answer = driver.advance(retraining)
    assert (answer.step, answer.status) == (Step.FAULT, Status.IDLE)
    assert "AWS is down" in account.published[-1]["Message"]
    assert account.published[-1]["TopicArn"].endswith(":retraining")
    account.before = lambda _operation: None
    assert until(retraining, Step.EVALUATE).status is Status.WAIT


def test_plan_of_another_version_of_groundplan_is_an_error(
    retraining: Pipeline, account: Account
) -> None:
    run = until(retraining, Step.TRAIN).run
    key = f"{ROOT}runs/{run}/begun.json"
    account.put(key, json.dumps({**json.loads(account.text(key)), "colour": "red"}))
    with pytest.raises(Unreadable, match="Another version of groundplan began it"):
        retraining.take(Step.TRAIN, {"run": run})


def test_broken_journal_is_an_error_and_no_guess(retraining: Pipeline, account: Account) -> None:
    run = until(retraining, Step.EVALUATE).run
    account.put(f"{ROOT}runs/{run}/dataset.json", "{}")
    account.objects.pop(("artifacts", f"{ROOT}runs/{run}/train.json"))
    with pytest.raises(Unreadable, match="lacks name"):
        retraining.take(Step.TRAIN, {"run": run})

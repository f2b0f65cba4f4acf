"""A model's whole life in the account of `Pulumi.rehearsal.yaml`."""

import json
import re

from groundplan.policy.check import check

from rehearsal.life.life import Life
from rehearsal.permissions.comparison import EXPLAINED, compared
from rehearsal.report import report
from rehearsal.stack import ROOT, manifest


def test_the_stack_of_the_rehearsal_complies_with_every_rule() -> None:
    assert [(found.rule, found.urn) for found in check(manifest())] == []


def test_every_step_of_a_life_passes(lived: Life) -> None:
    assert [step.name for step in lived.timeline.steps if not step.passed] == []
    assert lived.account.guard.refusals == []


def test_no_role_of_the_plan_allows_what_nothing_needs(lived: Life) -> None:
    extra = [entry for role in compared(lived.account.guard) for entry in role.extra]
    assert extra == []


def test_each_explanation_is_of_something(lived: Life) -> None:
    unused = [entry for role in compared(lived.account.guard) for entry in role.unused]
    assert {entry.why for entry in unused} == set(EXPLAINED.values())


def test_the_steps_are_those_of_a_life(lived: Life) -> None:
    begun = {step.name for step in lived.timeline.steps}
    assert {
        "a pull request looks for what is in the way",
        "a pull request plans",
        "raw data arrives",
        "the pipeline verifies what it has deployed",
        "an image is built and pushed",
        "an environment that does not verify goes back",
        "the account is compared with the state at night",
        "what somebody changed by hand is noticed",
        "a deployment is approved",
        "the pipeline deploys what was approved",
        "the pipeline verifies the environment again",
        "events that are given up are kept",
        "the dataset is committed",
        "data is checked",
        "the model is trained",
        "the first model is evaluated",
        "the first model is registered",
        "the first model is approved",
        "the first model is released by canary",
        "a bad batch is quarantined",
        "drift is injected",
        "drift is detected",
        "candidate and champion are evaluated",
        "the better champion serves",
        "the bad candidate is rolled back by its alarm",
        "a run is asked for through the API",
        "it is rolled back through the API",
        "it is released again through the API",
        "status is read through the API",
        "callers with tokens ask an API of their own",
        "raw data is traced to models",
    } <= begun


def test_the_report_has_each_step_and_the_plots(lived: Life) -> None:
    page = report.page(lived, [])
    assert "Passed" in page
    assert [step.name for step in lived.timeline.steps if step.name not in page] == []
    points = re.findall(r'<polyline class="after" points="([^"]+)"', page)
    assert len(points) == 3
    assert all(len(line.split()) > 5 for line in points)


def test_the_data_of_a_rehearsal_has_each_role(lived: Life) -> None:
    data = json.loads(json.dumps(report.document(lived, [], "", "")))
    assert data["passed"]
    assert {role["extra"] for role in data["roles"]} == {0}
    names = {role["role"] for role in data["roles"]}
    assert {"releases-role", "tumors-retraining-machine-role", "api-role"} <= names
    assert {"ci-plan-role", "ci-deploy-role"} <= names


def test_the_readme_shows_steps_of_a_life(lived: Life) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r"^(\d\d:\d\d) ok   (.+)$", readme, re.MULTILINE)
    names = {step.name for step in lived.timeline.steps}
    assert len(shown) >= 8
    assert [name for _, name in shown if name not in names] == []

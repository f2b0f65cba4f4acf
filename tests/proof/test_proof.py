"""Proofs find the faults of a plan whose teams are not isolated.

They prove the same plan once its teams are."""

import os
import subprocess
import sys

import pytest
from groundplan.manifest.model import Manifest
from groundplan.proof import Layer, Proof, Result, Verdict, access, prove
from isolation_plans import BUCKET, TEAMS, allow, faulty, isolated, manifest


@pytest.fixture(scope="module")
def proof() -> Proof:
    return prove(manifest(faulty()))


def refuted(proof: Proof, layer: Layer, team: str, owner: str) -> list[Result]:
    """Returns the refuted claims of a kind."""
    return [
        result
        for result in proof.of(Verdict.REFUTED)
        if (result.layer, result.team, result.owner) == (layer, team, owner)
    ]


@pytest.mark.parametrize(("team", "owner"), [TEAMS, TEAMS[::-1]])
def test_a_team_that_mounts_the_lustre_root_reads_and_writes_the_others(
    proof: Proof, team: str, owner: str
) -> None:
    (result,) = refuted(proof, Layer.VOLUMES, team, owner)
    found = result.counterexample
    assert found is not None
    assert found.principal == f"pods of namespace {team}"
    assert (found.action, found.resource) == (
        "read and write",
        "Lustre ${scratch-file-system.id}:/",
    )
    assert found.declared_in == f"training-scratch-{team}-scratch-volume"
    assert found.source == "infra/registration.py:31"
    assert f"training-scratch-{owner}-scratch-volume" in found.path[0]


@pytest.mark.parametrize("team", TEAMS)
def test_a_team_that_reads_every_dataset_reads_one_that_it_is_not_granted(
    proof: Proof, team: str
) -> None:
    by_name = {result.claim: result for result in refuted(proof, Layer.OBJECTS, team, "")}
    ((claim, result),) = by_name.items()
    assert "datasets/" in claim
    found = result.counterexample
    assert found is not None
    assert found.principal == f"role training-team-{team}-access"
    assert found.action == "s3:GetObject"
    assert found.resource == (
        "arn:aws:s3:::${artifacts-bucket.bucket}/datasets/another/data/part-0.parquet"
    )
    assert found.statement == "statement ReadDatasets"
    assert found.declared_in == f"training-team-{team}-access-policy"
    assert found.source == "infra/registration.py:23"


@pytest.mark.parametrize("collection", ["datasets/", "models/", "checkpoints/"])
def test_jobs_of_no_team_reach_every_model_and_checkpoint(proof: Proof, collection: str) -> None:
    (result,) = (r for r in refuted(proof, Layer.OBJECTS, "training", "") if collection in r.claim)
    assert result.counterexample is not None
    assert f"/{collection}another/" in result.counterexample.resource


def test_one_folder_of_mlflow_for_all_teams_is_refuted(proof: Proof) -> None:
    (result,) = refuted(proof, Layer.OBJECTS, "research", "forecasting")
    assert result.counterexample is not None
    assert "/mlflow/" in result.counterexample.resource


def test_a_namespace_without_a_network_policy_is_refuted(proof: Proof) -> None:
    (result,) = refuted(proof, Layer.NETWORK, "research", "training")
    assert result.counterexample is not None
    assert "no network policy of namespace training" in result.counterexample.statement


def test_an_isolated_plan_is_proved() -> None:
    proof = prove(manifest(isolated()))
    assert [r.claim for r in proof.results if r.verdict is not Verdict.PROVED] == []
    assert proof.verdict is Verdict.PROVED
    assert len(proof.results) > 60


def test_every_layer_has_claims() -> None:
    claimed = {result.layer for result in prove(manifest(isolated())).results}
    assert claimed == set(Layer) - {Layer.RESOURCES}


def test_the_same_plan_has_the_same_proof() -> None:
    one, other = (prove(manifest(faulty())).to_data() for _ in range(2))
    assert one == other


def test_questions_that_the_loose_reading_does_not_change_have_the_same_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = isolated()
    unknown = f"{BUCKET}/${{another.prefix}}/*"
    allow(data, "research", Action="s3:GetObject", Resource=unknown)
    short = prove(manifest(data))
    always = property(lambda _: True, lambda *_: None)
    monkeypatch.setattr(access._Query, "may_be_looser", always, raising=False)
    assert prove(manifest(data)).to_data() == short.to_data()
    assert {result.verdict for result in short.results} == {Verdict.PROVED, Verdict.UNKNOWN}


def test_a_proof_does_not_depend_on_the_order_of_sets() -> None:
    script = (
        "import json\nfrom groundplan.proof import prove\n"
        "from isolation_plans import BUCKET, allow, change, isolated, manifest\n"
        "data = isolated()\n"
        "folders = [f'{BUCKET}/{name}*' for name in 'tfcmdx']\n"
        "allow(data, 'research', Action='s3:GetObject', Resource=[*folders, '${a.b}', '${c.d}'])\n"
        "who = {'AWS': [f'{digit * 12}' for digit in '3456789']}\n"
        "entry = {'Effect': 'Allow', 'Principal': who, 'Action': 's3:*', 'Resource': folders}\n"
        "change(data, 'artifacts-policy', lambda entries: entries.append(entry))\n"
        "print(json.dumps(prove(manifest(data)).to_data()))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1


def test_a_plan_without_teams_has_no_claims() -> None:
    proof = prove(Manifest("project", "stack", ()))
    assert proof.results == ()
    assert proof.teams == ()

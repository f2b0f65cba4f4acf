"""The jobs of the generated workflows in a life, each with the role that it assumes: an
environment is approved, deployed and verified, and goes back where it does not verify.

Whose calls they are: `pulumi` and its providers, the commands of this library, and
Docker's pushes. The first are the deployment's.
"""

import datetime
import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from groundplan.delivery.approval import document, judging, signing, store
from groundplan.delivery.approval.document import Approval
from groundplan.delivery.approval.subject import Subject
from groundplan.delivery.commands.approval_options import key_client, store_at
from groundplan.manifest import state as states
from groundplan.manifest.model import Manifest
from groundplan.operations import verify as verification
from groundplan.operations.drift import run, unmanaged
from groundplan.operations.drift.difference import Drift
from groundplan.operations.preflight import checks
from groundplan.operations.preflight.account import Account
from groundplan.operations.preflight.plan import Plan
from groundplan.operations.verify import Check

from rehearsal.account import images
from rehearsal.account.names import ACCOUNT
from rehearsal.account.preflight_account import NewAccount
from rehearsal.expectations import require
from rehearsal.life import pipelines
from rehearsal.life.people import APPROVER
from rehearsal.permissions.guard import acting, person

if TYPE_CHECKING:
    from rehearsal.account import account as accounts
    from rehearsal.life.life import Life

APPROVALS = "tumors-approvals"
"""The bucket of approvals: of no environment, so that none can change it."""
HOURS = 24


def approve(life: "Life") -> None:
    """An approver signs what is deployed next; the job that deploys reads and verifies
    it."""
    account, manifest = life.account, life.manifest
    with life.timeline.step("a deployment is approved") as step:
        with acting(person("sam", "administrators")):
            key = _create_approvals(account)
        with acting(APPROVER):
            now = account.clock.now.replace(microsecond=0)
            until = now + datetime.timedelta(hours=HOURS)
            proposed = Approval(subject(manifest), "0" * 32, APPROVER.caller, now, until)
            approval = signing.sign(proposed, key, key_client(key))
            store.add(store_at(f"s3://{APPROVALS}"), approval)
        step.result = f"approval {approval.name}, signed by kim"
    with life.timeline.step("the pipeline deploys what was approved") as step:
        with acting(pipelines.deploying(account, manifest.stack)):
            place = store_at(f"s3://{APPROVALS}")
            content = store.newest(place, manifest.project, manifest.stack)
            require(content, "the job reads no approval")
            trust = judging.Trust(key, key_client(key), place, account.clock.now)
            read = document.read(content or b"")
            refusals = judging.of_document(read, manifest.project, manifest.stack, trust)
        require(not refusals, f"the job refuses it: {refusals}")
        step.result = f"it reads approval {read.name}, and its key has signed it"


def subject(manifest: Manifest) -> Subject:
    """Returns what is approved: what the program registers. The rest of a subject needs
    Pulumi's engine."""
    data = manifest.to_data()
    return Subject(manifest.project, manifest.stack, "89abcdef" * 5, data, {}, None, {}, {}, {}, {})


def _create_approvals(account: "accounts.Account") -> str:
    place: Any = {"LocationConstraint": account.names.region}
    account.client("s3").create_bucket(Bucket=APPROVALS, CreateBucketConfiguration=place)
    created = account.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    return str(created["KeyMetadata"]["Arn"])


def verify(life: "Life", name: str) -> None:
    """The job that has deployed verifies the environment."""
    with life.timeline.step(name) as step:
        checks = _checks(life)
        failed = _failed(checks)
        require(not failed, f"it does not verify: {'; '.join(failed)}")
        step.result = f"{len(checks)} checks by the deploy role, all well"


def go_back(life: "Life") -> None:
    """An environment that does not verify goes back to the last commit that did: the
    job deploys that, with the state of the stack, and verifies again."""
    with life.timeline.step("an environment that does not verify goes back") as step:
        failed = _failed(_checks(life))
        require(failed, "it verifies while an alarm is on")
        job = pipelines.deploying(life.account, life.manifest.stack)
        pipelines.read_state(life.account, job)
        pipelines.write_state(life.account, job, pipelines.state(life.account, life.manifest))
        step.result = f"{failed[0]}; the state is read and written again"


def _checks(life: "Life") -> list[Check]:
    """What `groundplan verify` looks at, with the exports that the CLI reads from the
    state."""
    account = life.account
    job = pipelines.deploying(account, life.manifest.stack)
    pipelines.read_state(account, job)
    exports = account.names.value(life.manifest.outputs)
    with acting(job):
        return verification.verify(verification.Account(account.names.region), exports, {})


def _failed(checks: Sequence[Check]) -> list[str]:
    return [f"{c.subject}: {c.what}: {c.detail}" for c in checks if not c.ok]


def push_image(life: "Life") -> None:
    """The job of images builds one and pushes it to the repository of its name."""
    account = life.account
    with life.timeline.step("an image is built and pushed") as step:
        job = pipelines.deploying(account, life.manifest.stack)
        pipelines.read_state(account, job)
        repositories = account.names.value(life.manifest.outputs)["imageRepositories"]
        name, url = next(iter(repositories.items()))
        commit = hashlib.sha256(b"a commit").hexdigest()[:40]
        with acting(job):
            digest = images.build_and_push(account.client("ecr"), url, commit)
            require(digest, f"{name} was pushed before")
            require(not images.build_and_push(account.client("ecr"), url, commit), "twice")
        step.result = f"{name}@{digest[7:15]}, once for a commit"


def look_for_drift(life: "Life") -> None:
    """The nightly job compares the account with the state: what somebody changed by
    hand is what it says, and nothing else."""
    account = life.account
    state = _state(life)
    with life.timeline.step("the account is compared with the state at night") as step:
        found = _drift(life, state)
        require(not found.differences, f"somebody changed {found.differences}")
        unread = [entry for entry in found.not_compared if "permission" in entry.why]
        require(not unread, f"the plan role may not read {unread}")
        step.result = f"{found.compared} resources as the state says, by the plan role"
    with life.timeline.step("what somebody changed by hand is noticed") as step:
        alarm = next(r for r in state if r.type.endswith("MetricAlarm"))
        queue = f"arn:aws:sqs:{account.names.region}:{ACCOUNT}:by-hand"
        account.cloud_control.changed[alarm.urn] = {"threshold": 99.0}
        account.cloud_control.unmanaged[queue] = unmanaged.stack_tags(state)
        found = _drift(life, state)
        differing = {entry.id for entry in found.differences}
        require(differing == {alarm.urn, queue}, f"what differs is {sorted(differing)}")
        account.cloud_control.changed.clear()
        account.cloud_control.unmanaged.clear()
        step.result = f"the threshold of {alarm.name}, and a queue that no program registers"


def _state(life: "Life") -> Manifest:
    """The state that the plan role reads."""
    export = json.loads(pipelines.read_state(life.account, pipelines.planning(life.account)))
    return states.manifest(export, life.manifest.stack)


def _drift(life: "Life", state: Manifest) -> Drift:
    with acting(pipelines.planning(life.account)):
        return run.run(state, Account(), life.manifest)


def look_before(life: "Life") -> None:
    """The job of a pull request looks for what a deployment would fail at, and whether
    the role that deploys may do it."""
    account = life.account
    with life.timeline.step("a pull request looks for what is in the way") as step:
        deployer = pipelines.deploying(account, life.manifest.stack).arn
        plan = Plan(life.manifest, deployer=deployer)
        reader = NewAccount(account.guard, plan)
        with acting(pipelines.planning(account)):
            today = account.clock.now.date()
            found = checks.run(plan, reader, today, account_id=ACCOUNT)
        obstacles = [f"{f.check}: {f.need}: {f.limit}" for f in found.findings]
        require(not obstacles, f"in the way are {'; '.join(obstacles)}")
        require(not found.unchecked, f"not checked: {found.unchecked}")
        step.result = f"{len(found.checked)} checks by the plan role, nothing is in the way"

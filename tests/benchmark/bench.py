"""Measures time and memory of `groundplan preview`, as whole processes, against the
bare SDK that runs the same program.

    python tests/benchmark/bench.py [--runs 5] [--sizes 1000,5000,20000]

The two of a pair run one after the other, so that a slow moment of the machine affects
both; ratios are per pair. The first table has processor time, the second elapsed time:
the duration in a pull request, of both revisions of every stack together. Where the
Pulumi CLI is on the PATH, `pulumi preview` of the same program is measured too, with
echo providers, as no package registry has the real ones. The last table is a watch: the
time from a save to the preview.
"""

import argparse
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import real_engine

ROOT = pathlib.Path(__file__).parents[2]
HERE = pathlib.Path(__file__).parent
GROUNDPLAN = str(pathlib.Path(sys.executable).with_name("groundplan"))

SYNTHETIC = """
import pulumi, pulumi_aws as aws

class Group(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("bench:index:Group", name)
        child = pulumi.ResourceOptions(parent=self)
        for i in range(3):
            tags = {{"group": name}}
            queue = aws.sqs.Queue(
                f"{{name}}-queue-{{i}}", visibility_timeout_seconds=30, tags=tags, opts=child
            )
            role = aws.iam.Role(
                f"{{name}}-role-{{i}}", assume_role_policy="{{}}", tags=tags, opts=child
            )
            statement = {{"Action": "sqs:SendMessage", "Resource": queue.arn}}
            policy = pulumi.Output.json_dumps({{"Statement": [statement]}})
            aws.iam.RolePolicy(f"{{name}}-policy-{{i}}", role=role.name, policy=policy, opts=child)
        self.register_outputs({{}})

for n in range({groups}):
    Group(f"group-{{n}}")
"""

TEAMS = """
from groundplan import TrainingCluster

TYPES = ["g5.12xlarge", "g6e.12xlarge", "p5.48xlarge", "trn1.32xlarge", "c7i.8xlarge"]
TrainingCluster("training", {{
    "private_subnet_ids": ["subnet-1", "subnet-2"],
    "administrators": ["arn:aws:iam::123456789012:role/platform"],
    "pools": {{
        f"pool-{{n:02}}": {{
            "instance_type": TYPES[n % len(TYPES)],
            "max_size": 100,
            "provisioner": ["managed", "karpenter"][n % 2],
        }}
        for n in range({pools})
    }},
    "teams": {{
        f"team-{{n:02}}": {{
            "guaranteed": {{f"pool-{{n:02}}": 8}},
            "members": [f"team-{{n:02}}"],
            "max_usd_per_hour": 900.0,
        }}
        for n in range({teams})
    }},
    "max_usd_per_hour": 100000.0,
}})
"""
"""A cluster of pools of 100 nodes each, and teams with a guarantee, a ceiling, and
quotas in all of the pools."""

LARGE = 5_000
"""Resources above which one pair is measured: it takes minutes."""

CLUSTERS = ((5, 12), (10, 25), (20, 50))
"""Teams and pools."""


@dataclass(frozen=True)
class Run:
    seconds: float
    """Processor time of the process and its children, independent of the load of the
    machine."""
    elapsed: float
    """Elapsed time."""
    mebibytes: float
    """Peak memory of the largest process."""


def measure(
    command: list[str], folder: pathlib.Path = ROOT, environment: dict[str, str] | None = None
) -> Run:
    """Runs a command to its end and discards its output; ends the benchmark if it
    fails."""
    start = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command)} failed:\n{errors.decode()}")
    return Run(usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024)


def pairs(folder: pathlib.Path, stack: str, runs: int) -> list[tuple[Run, Run]]:
    """`runs` pairs of (preview, bare), after a first one that is not counted if there
    are several."""
    preview = [GROUNDPLAN, "preview", "-p", str(folder), "-s", stack, "--json"]
    bare = [sys.executable, str(HERE / "bare.py"), str(folder), stack]
    first = 1 if runs > 1 else 0
    return [(measure(preview), measure(bare)) for _ in range(runs + first)][first:]


def report(label: str, count: int, measured: list[tuple[Run, Run]]) -> None:
    times = sorted(preview.seconds / bare.seconds for preview, bare in measured)
    memory = sorted(preview.mebibytes / bare.mebibytes for preview, bare in measured)
    preview_seconds, bare_seconds = (
        statistics.median(run[i].seconds for run in measured) for i in (0, 1)
    )
    print(
        f"{label:<20}{count:>9}{preview_seconds:>10.2f}{bare_seconds:>10.2f}"
        f"{statistics.median(times):>9.2f} ({times[0]:.2f}-{times[-1]:.2f})"
        f"{statistics.median(run[0].mebibytes for run in measured):>10.0f}"
        f"{statistics.median(memory):>9.2f}"
    )


def resources(folder: pathlib.Path, stack: str) -> int:
    from groundplan.manifest.run import Request, preview

    manifest = preview(Request(folder, stack)).manifest
    return len(manifest.resources) if manifest else 0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--sizes", default="1000,5000,20000", help="resources of the synthetic stacks"
    )
    arguments = parser.parse_args()
    print(
        f"{'stack':<20}{'resources':>9}{'preview s':>10}{'bare s':>10}"
        f"{'ratio (min-max)':>21}{'MiB':>10}{'ratio':>9}"
    )
    for stack in ("dev", "prod"):
        report(stack, resources(ROOT, stack), pairs(ROOT, stack, arguments.runs))
    for size in map(int, arguments.sizes.split(",")):
        runs = arguments.runs if size <= LARGE else 1
        synthetic(f"synthetic {size}", SYNTHETIC.format(groups=size // 10), runs)
    for teams, pools in CLUSTERS:
        synthetic(
            f"{teams} teams {pools} pools", TEAMS.format(teams=teams, pools=pools), arguments.runs
        )
    comparison(arguments.runs)
    watch(arguments.runs)


def synthetic(label: str, program: str, runs: int) -> None:
    """Measures a stack with this program alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n", encoding="utf-8")
        (folder / "Pulumi.bench.yaml").write_text(
            "config:\n  aws:region: us-east-1\n", encoding="utf-8"
        )
        (folder / "__main__.py").write_text(program, encoding="utf-8")
        report(label, resources(folder, "bench"), pairs(folder, "bench", runs))


def comparison(runs: int) -> None:
    """Measures all stacks of this repository against the previous commit, and the bare
    run of the slowest stack."""
    bare = [sys.executable, str(HERE / "bare.py"), str(ROOT)]
    measured = []
    for _ in range(runs + 1):
        command = [GROUNDPLAN, "preview", "--all", "--base", "HEAD~1", "--json", "--no-cache"]
        both = measure(command)
        measured.append(
            (
                both,
                max(
                    (measure([*bare, stack]) for stack in ("dev", "prod")),
                    key=lambda run: run.elapsed,
                ),
            )
        )
    measured = measured[1:]
    ratios = sorted(both.elapsed / slowest.elapsed for both, slowest in measured)
    preview_seconds, bare_seconds = (
        statistics.median(pair[i].elapsed for pair in measured) for i in (0, 1)
    )
    command = [GROUNDPLAN, "preview", "--all", "--base", "HEAD~1", "--json"]
    cached = [measure(command).elapsed for _ in range(runs + 1)][1:]
    print(f"\n{'elapsed time':<46}{'seconds':>8}")
    print(f"{'groundplan preview --all --base HEAD~1':<46}{preview_seconds:>8.2f}")
    print(f"{'the same, the base from the cache':<46}{statistics.median(cached):>8.2f}")
    print(f"{'the slowest stack, bare SDK, one revision':<46}{bare_seconds:>8.2f}")
    print(f"{'ratio':<46}{statistics.median(ratios):>8.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f})")
    if real_engine.installed():
        with tempfile.TemporaryDirectory() as name:
            engine = real_engine.create(pathlib.Path(name), "prod")
            command = ["pulumi", "preview", "--json", "--non-interactive"]
            times = [
                measure(command, engine.folder, engine.environment).elapsed for _ in range(runs + 1)
            ][1:]
        print(f"{'pulumi preview, prod, one revision':<46}{statistics.median(times):>8.2f}")


def watch(runs: int) -> None:
    """Measures the time from a save to the preview of prod, in a copy of the
    project."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copytree(ROOT / "infra", folder / "infra")
        shutil.copy(ROOT / "Pulumi.prod.yaml", folder)
        settings = (ROOT / "Pulumi.yaml").read_text(encoding="utf-8")
        (folder / "Pulumi.yaml").write_text(
            settings.replace("virtualenv: .venv", f"virtualenv: {sys.prefix}"), encoding="utf-8"
        )
        start = time.monotonic()
        process = subprocess.Popen(
            [GROUNDPLAN, "preview", "-p", name, "-s", "prod", "--watch", "--json"],
            stdout=subprocess.PIPE,
        )
        assert process.stdout is not None
        times = []
        for _ in range(runs + 2):
            assert process.stdout.readline()
            times.append(time.monotonic() - start)
            time.sleep(2)  # a person reads; the SDK's classes are created
            with (folder / "infra" / "wiring" / "__init__.py").open("a", encoding="utf-8") as file:
                file.write("# saved\n")
            start = time.monotonic()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.communicate()
    print(f"\n{'groundplan preview -s prod --watch, the first':<46}{times[0]:>8.2f}")
    saves = sorted(times[2:])
    middle = f"{statistics.median(saves):>8.2f} ({saves[0]:.2f}-{saves[-1]:.2f})"
    print(f"{'after a save':<46}{middle}")


if __name__ == "__main__":
    main()

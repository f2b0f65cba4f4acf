"""Whether the versions of Helm charts exist in their repositories."""

import re
from collections.abc import Iterator

from groundplan.operations.preflight.finding import Finding, Unchecked
from groundplan.operations.preflight.plan import Plan, known, mapping
from groundplan.operations.preflight.reader import Reader, Unread

CHECK = "charts"
RELEASES = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")


def check(plan: Plan, account: Reader) -> Iterator[Finding | Unchecked]:
    """Yields a finding for each chart version that its repository does not have."""
    for release in plan.of_type(*RELEASES):
        chart, version = known(release.inputs.get("chart")), known(release.inputs.get("version"))
        repository = known(mapping(release.inputs.get("repositoryOpts")).get("repo"))
        if chart.startswith("oci://"):
            yield from _in_registry(plan, account, release.urn, chart)
            continue
        if not (repository and version):
            continue
        try:
            index = account.web(f"{repository.rstrip('/')}/index.yaml")
        except Unread as error:
            yield Unchecked(CHECK, f"{chart} {version}", str(error))
            continue
        versions = versions_of(index or "", chart)
        if version not in versions and version.removeprefix("v") not in {
            each.removeprefix("v") for each in versions
        }:
            newest = f"; it has {', '.join(versions[:3])}" if versions else ""
            yield Finding(
                CHECK,
                release.urn,
                f"{chart} {version}",
                f"{repository} has no such version{newest}",
                "name a version that exists",
                source=release.source,
            )


def _in_registry(
    plan: Plan, account: Reader, urn: str, chart: str
) -> Iterator[Finding | Unchecked]:
    from groundplan.operations.preflight import images

    release = plan.manifest.by_urn[urn]
    version = known(release.inputs.get("version"))
    reference = chart.removeprefix("oci://")
    if "@" not in reference and version:
        reference = f"{reference}:{version.replace('+', '_')}"
    try:
        there = images.in_public_registry(account, reference)
    except Unread as error:
        yield Unchecked(CHECK, reference, str(error))
        return
    if there is None:
        yield Unchecked(CHECK, reference, "its registry does not answer without credentials")
    elif not there:
        yield Finding(
            CHECK,
            urn,
            reference,
            "there is no such chart",
            "name a version that exists",
            source=release.source,
        )


def versions_of(index: str, chart: str) -> list[str]:
    """Returns the versions of a chart in a repository's index, in its order."""
    return [entry["version"] for entry in entries_of(index, chart) if "version" in entry]


def entries_of(index: str, chart: str) -> list[dict[str, str]]:
    """Returns the versions and digests of a chart in a repository's index, in its
    order.

    Read line by line: an index may have 20 MB, which a YAML parser takes a minute for.
    An entry's own keys are indented as its `name` is.
    """
    found: list[dict[str, str]] = []
    inside = False
    indent = 0
    for line in index.splitlines():
        if re.fullmatch(r"  [^\s:-][^:]*:\s*", line):
            inside = line.strip().rstrip(":").strip("'\"") == chart
            indent = 0
            continue
        if not inside:
            continue
        start = re.match(r"(\s*- )\S", line)
        if start and (indent == 0 or len(start[1]) == indent):
            indent = len(start[1])
            found.append({})
        match = re.match(r"(\s*(?:- )?)(version|digest):\s*(\S+)", line)
        if match and found and len(match[1]) == indent:
            found[-1][match[2]] = match[3].strip("'\"")
    return found

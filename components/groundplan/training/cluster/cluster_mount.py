"""A Lustre file system in a training cluster: a directory for each namespace, and
shared directories for reading."""

from collections.abc import Iterator, Mapping

import pulumi

from groundplan.problems import Problem, did_you_mean
from groundplan.training import namespace_folders
from groundplan.training.cluster import addons
from groundplan.training.volumes.lustre_directories import LustreDirectories
from groundplan.training.volumes.lustre_volumes import LustreMount, LustreVolume


def mount_problems(
    file_system: LustreMount, installed: Mapping[str, object], namespaces: Mapping[str, object]
) -> list[Problem]:
    """Returns why a cluster with these add-ons and namespaces cannot mount a file
    system."""
    return [*_driver_problems(installed), *_reader_problems(file_system, namespaces)]


def _driver_problems(installed: Mapping[str, object]) -> Iterator[Problem]:
    if addons.FSX_CSI_DRIVER not in installed:
        allowed = "the driver lustre, which mounts file systems"
        fix = "add lustre to volume_drivers of the cluster"
        yield Problem("volume_drivers", sorted(installed), allowed, fix)


def _reader_problems(
    file_system: LustreMount, namespaces: Mapping[str, object]
) -> Iterator[Problem]:
    for key, directory in file_system.shared.items():
        for index, reader in enumerate(directory.readers):
            if reader not in namespaces:
                allowed = f"a namespace of jobs: {', '.join(sorted(namespaces))}"
                near = did_you_mean(reader, sorted(namespaces))
                fix = near or "name one of them, or add the team"
                yield Problem(f"links.{key}.readers[{index}]", reader, allowed, fix)


class ClusterMount:
    """The volumes of a file system in the namespaces of a cluster's jobs."""

    directories: LustreDirectories
    volumes: dict[str, LustreVolume]
    """The volume of a namespace's own directory, by the namespace."""
    shared: dict[tuple[str, str], LustreVolume]
    """The volumes of shared directories, by namespace and directory."""

    def __init__(
        self,
        name: str,
        file_system: LustreMount,
        namespaces: Mapping[str, pulumi.Resource],
        *,
        claim_name: str,
        opts: pulumi.ResourceOptions,
    ) -> None:
        """`namespaces` are those of the jobs, by name; `opts` has parent and provider,
        and depends on the driver's add-on."""
        self.directories = LustreDirectories(
            name, file_system, list(namespaces), claim_name=claim_name, opts=opts
        )
        self.volumes = {
            namespace: LustreVolume(
                name,
                file_system,
                namespace=namespace,
                path=namespace_folders.directory(namespace),
                claim_name=claim_name,
                opts=pulumi.ResourceOptions.merge(
                    opts, pulumi.ResourceOptions(depends_on=[self.directories.jobs[namespace]])
                ),
                home=home,
            )
            for namespace, home in namespaces.items()
        }
        self.shared = {
            (reader, key): LustreVolume(
                name,
                file_system,
                namespace=reader,
                path=directory.path,
                claim_name=f"{claim_name}-{key}",
                read_only=True,
                opts=opts,
                home=namespaces[reader],
            )
            for key, directory in file_system.shared.items()
            for reader in directory.readers
        }

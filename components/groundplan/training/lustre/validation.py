"""Validates the arguments of a LustreFileSystem."""

from collections.abc import Iterator

from groundplan.arguments import with_defaults
from groundplan.context import Context
from groundplan.facts import log_retention
from groundplan.kubernetes import namespaces
from groundplan.problems import Problem, under
from groundplan.storage import arns
from groundplan.training import namespace_folders
from groundplan.training.lustre import limits
from groundplan.training.lustre.args import LustreFileSystemArgs, LustreLinkArgs
from groundplan.training.lustre.limits import Link
from groundplan.training.lustre.spec import link_path


def validate(args: LustreFileSystemArgs, _context: Context) -> list[Problem]:
    """Returns the problems of the values of `args`."""
    links = args.get("links", {})
    filled = with_defaults(LustreFileSystemArgs, args)
    found = limits.size_problems(
        filled["capacity_gib"],
        filled["throughput_per_tib"],
        args.get("metadata_iops"),
        filled["efa"],
    )
    described = {
        name: Link(link_path(name, link), link.get("prefix", ""), link.get("bucket_name"))
        for name, link in links.items()
    }
    found += under("links", limits.link_problems(described))
    for name, link in links.items():
        found += under(f"links.{name}", arns.name_problems("bucket_name", link.get("bucket_name")))
        found += under(f"links.{name}", _reader_problems(link_path(name, link), link))
    found += limits.backup_problems(args.get("backup_retention_days"), bool(links))
    found += log_retention.problems("log_retention_days", args.get("log_retention_days"))
    found += limits.maintenance_problems(args.get("maintenance_start"))
    return found + arns.key_problems("kms_key_arn", args.get("kms_key_arn"))


def _reader_problems(path: str, link: LustreLinkArgs) -> Iterator[Problem]:
    """A reader of the directories of all namespaces would see the other teams'
    files."""
    if link.get("readers") and namespace_folders.is_private(path):
        allowed = "no readers of a directory that contains those of namespaces"
        yield Problem("readers", link["readers"], allowed, "set path to another directory")
    for index, namespace in enumerate(link.get("readers", ())):
        yield from namespaces.problems(f"readers[{index}]", namespace)

"""Network ACLs that let more in."""

from collections.abc import Iterator

from groundplan.risk.context import ChangeContext, flag
from groundplan.risk.firewalls import within
from groundplan.risk.policies import resource_name
from groundplan.risk.risk import Level, Risk


def opened(context: ChangeContext) -> Iterator[Risk]:
    """A rule that allows more sources or protocols than before."""
    if context.type != "ec2.NetworkAclRule" or not (context.old and context.new):
        return
    if context.new.get("ruleAction") != "allow" or flag(context.new.get("egress")):
        return
    paths = [
        path
        for path in ("cidrBlock", "ipv6CidrBlock")
        if context.changed(path)
        and path in context.old
        and path in context.new
        and within(str(context.old[path]), str(context.new[path]))
    ]
    if context.changed("protocol") and str(context.new.get("protocol")) in ("-1", "all"):
        paths.append("protocol")
    if context.changed("ruleAction"):
        paths.append("ruleAction")
    if paths:
        acl = resource_name(str(context.new.get("networkAclId")))
        words = f"the network ACL {acl} lets more in; security groups still hold."
        because = "; ".join(context.change_text(path) for path in paths)
        yield context.risk(Level.MEDIUM, "access", words, because)

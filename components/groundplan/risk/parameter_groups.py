"""Parameters of databases: what they allow, and when they take effect."""

from collections.abc import Iterator

from groundplan.risk.context import ChangeContext, at, objects
from groundplan.risk.risk import Level, Risk
from groundplan.risk.wording import change_text, listed

GROUPS = ("rds.ParameterGroup", "rds.ClusterParameterGroup", "docdb.ClusterParameterGroup")
OPENS = {
    "rds.force_ssl": ("0", "off", "false"),
    "require_secure_transport": ("0", "off", "false"),
    "tls": ("disabled",),
}
"""Parameter -> the values with which a database accepts what nothing encrypts."""


def changed(context: ChangeContext) -> Iterator[Risk]:
    """Parameters that no longer require encryption, or need a restart."""
    if context.type not in GROUPS or not (context.old and context.new):
        return
    before, after = (
        {str(each.get("name")): each for each in objects(at(side, "parameters"))}
        for side in (context.old, context.new)
    )
    static = []
    for name, each in after.items():
        then, now = before.get(name, {}).get("value"), each.get("value")
        if then == now:
            continue
        if str(now).lower() in OPENS.get(name, ()):
            words = f"databases of {context.subject} accept connections that nothing encrypts."
            because = change_text(f"parameters[{name}].value", then, now)
            yield context.risk(Level.MEDIUM, "access", words, because)
        elif each.get("applyMethod") == "pending-reboot":
            static.append(name)
    if static:
        words = (
            f"{context.subject} changes {listed(static)}: its databases use that when they are "
            "restarted, whenever that is."
        )
        because = context.change_text("parameters")
        yield context.risk(Level.LOW, "downtime", words, because)

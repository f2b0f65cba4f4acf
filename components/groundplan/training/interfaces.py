"""The network interfaces of a node with EFA: one per network card, laid out as the instance type asks for."""

from dataclasses import dataclass

from groundplan.facts.instances import Instance


@dataclass(frozen=True)
class Interface:
    """A network interface of a node."""

    card: int
    device: int
    """Device index on its card."""
    kind: str
    """EC2's `InterfaceType`: `interface` (IP), `efa` (IP and EFA) or `efa-only`."""


def layout(instance: Instance) -> list[Interface]:
    """The interfaces of a node that uses EFA, in the order of the cards; empty where the instance type has no EFA.

    Card 0 has to carry IP, so it can't be `efa-only`; the others need no addresses (EC2 User Guide, "Maximize network
    bandwidth on Amazon EC2 instances with multiple network cards").
    """
    if not instance.efa_interfaces:
        return []
    cards = max(instance.network_cards, instance.efa_interfaces)
    # p6-b300 has a card more than EFA interfaces: card 0 is for IP alone.
    first = "efa" if instance.efa_interfaces == cards else "interface"
    return [Interface(0, 0, first), *(Interface(card, 1, "efa-only") for card in range(1, cards))]

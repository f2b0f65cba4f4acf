"""The network interfaces of a node with EFA: one per network card, laid out as the
instance type asks for.

Source: EC2 User Guide, "Maximize network bandwidth on Amazon EC2 instances with
multiple network cards" (efa-acc-inst-types), the configurations that save IP addresses.
Each card takes one EFA interface, and the primary one has to carry IP.
"""

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


IP_ONLY_CARD_0 = ("p6-b300", "p6e-gb200", "p6e-gb300")
"""Families whose card 0 has no EFA; of the others it has."""

GB200_CARDS = (1, 5, 9, 13)
"""One card for each of the four GPUs, enough for its 1,600 Gbps: the cards beside card
0 share NICs and ways to the GPUs."""


def layout(instance: Instance) -> list[Interface]:
    """Returns the interfaces of a node of a managed group that uses EFA, in the order
    of the cards; empty for types without EFA."""
    if not instance.efa_interfaces:
        return []
    if instance.family in IP_ONLY_CARD_0:
        return [
            Interface(0, 0, "interface"),
            *(Interface(card, 0, "efa-only") for card in _cards(instance)),
        ]
    device = 0 if _one_a_card(instance) else 1
    return [
        Interface(0, 0, "efa"),
        *(Interface(card, device, "efa-only") for card in _cards(instance)),
    ]


def karpenter_layout(instance: Instance) -> list[Interface]:
    """Returns the same for `networkInterfaces` of Karpenter's EC2NodeClass, which knows
    no `efa`: card 0 has its EFA beside its IP.

    Source: CRD karpenter.k8s.aws_ec2nodeclasses of v1.14.1, `interfaceType`. Left to
    itself, Karpenter gives every card an `efa` interface, and so an address, once a pod
    asks for `vpc.amazonaws.com/efa`; p6-b300 can't start that way.
    """
    if not instance.efa_interfaces:
        return []
    alone = instance.family in IP_ONLY_CARD_0 or _one_a_card(instance)
    beside = [] if alone else [Interface(0, 1, "efa-only")]
    others = [Interface(card, 0, "efa-only") for card in _cards(instance)]
    return [Interface(0, 0, "interface"), *beside, *others]


def _one_a_card(instance: Instance) -> bool:
    """Returns whether the cards take one interface each, at index 0: those of hpc6id
    do."""
    return 0 < instance.interface_limit <= instance.network_cards


def _cards(instance: Instance) -> tuple[int, ...]:
    """Returns the cards with EFA beside card 0."""
    if instance.family == "p6e-gb200":
        return GB200_CARDS
    first = 0 if instance.family not in IP_ONLY_CARD_0 else 1
    return tuple(range(1, first + instance.efa_interfaces))

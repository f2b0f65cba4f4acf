"""Taints of nodes."""

from typing import TypedDict


class NodeTaintArgs(TypedDict):
    """A taint of nodes with the effect NoSchedule, which pods tolerate."""

    key: str
    """Key of the taint: nvidia.com/gpu."""
    value: str
    """Value of the taint: present. May be empty."""

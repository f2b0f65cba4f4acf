"""Lays out boxes in layers, after Sugiyama: a box is above those that it depends on,
and few lines cross.

Own code, and small: of the libraries that do this, graphviz is a program of its own and
grandalf is no longer maintained; networkx has no layered layout with boxes.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[str, str]

GAP, LANE, AISLE, CHANNEL = 28.0, 4.0, 12.0, 58.0
"""Pixels between boxes, between lines that pass boxes, the width of such a line's way,
and the height between layers."""

SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """Positions in pixels."""

    corners: Mapping[str, tuple[float, float]]
    """Node -> left and top."""
    routes: Mapping[Edge, Sequence[tuple[float, float]]]
    """Edge -> the points that its line goes through, from the first node to the
    second."""
    width: float
    height: float


def layout(sizes: Mapping[str, tuple[float, float]], edges: Collection[Edge]) -> Layout:
    """Places boxes of these widths and heights. An edge `(a, b)` has `a` above `b`,
    unless that closes a cycle."""
    nodes = sorted(sizes)
    forward = _acyclic(nodes, edges, turn=True)
    level = _levels(nodes, forward, widest=max(3, min(6, round(math.sqrt(len(nodes))) + 1)))
    chains = {edge: _chain(edge, level) for edge in forward}
    rows = _ordered(_rows(level, chains), list(chains.values()))
    wide = {node: sizes[node][0] for node in nodes}
    left = _across(rows, list(chains.values()), wide)
    tops, bottoms, total = _down(rows, sizes)
    corners = {node: (left[node], tops[level[node]]) for node in nodes}
    ports = _ports(list(chains.values()), left, wide)
    routes: dict[Edge, Sequence[tuple[float, float]]] = {}
    for edge, chain in chains.items():
        upper, lower = chain[0], chain[-1]
        points = [(ports[upper, lower, True], corners[upper][1] + sizes[upper][1])]
        if bottoms[level[upper]] > points[0][1]:
            points.append(
                (points[0][0], bottoms[level[upper]])
            )  # straight on, past taller neighbours
        for dummy in chain[1:-1]:
            at = level[upper] - chain.index(dummy)
            points += [(left[dummy] + AISLE / 2, tops[at]), (left[dummy] + AISLE / 2, bottoms[at])]
        points.append((ports[lower, upper, False], corners[lower][1]))
        routes[edge] = points
    for a, b in sorted(edges):
        if (a, b) not in routes:
            routes[a, b] = list(reversed(routes[b, a]))
    width = max((left[n] + wide.get(n, AISLE) for row in rows for n in row), default=0.0)
    return Layout(corners, {edge: routes[edge] for edge in sorted(edges)}, width, total)


def reduced(edges: Collection[Edge]) -> set[Edge]:
    """Returns the edges without those that follow from others: `(a, c)` where `(a, b)`
    and `(b, c)` are there. Cycles remain."""
    nodes = sorted({node for edge in edges for node in edge})
    forward = _acyclic(nodes, edges, turn=False)
    below: dict[str, set[str]] = {node: set() for node in nodes}
    for a, b in forward:
        below[a].add(b)
    reach: dict[str, set[str]] = {}
    for node in reversed(_topological(nodes, forward)):
        reach[node] = set().union(*(reach[b] | {b} for b in below[node])) if below[node] else set()
    needless = {(a, b) for a, b in forward if any(b in reach[other] for other in below[a] - {b})}
    return {edge for edge in edges if edge not in needless}


def _acyclic(nodes: Sequence[str], edges: Collection[Edge], turn: bool) -> list[Edge]:
    """Returns the edges with those that close a circle left out, or turned round."""
    below: dict[str, list[str]] = {node: [] for node in nodes}
    above = dict.fromkeys(nodes, 0)
    for a, b in sorted(edges):
        below[a].append(b)
        above[b] += 1
    acyclic: set[Edge] = set()
    state: dict[str, bool] = {}  # False: being walked, True: done
    for start in sorted(nodes, key=lambda node: (above[node], node)):
        if start in state:
            continue
        state[start] = False
        stack = [(start, iter(below[start]))]
        while stack:
            node, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                state[node] = True
                stack.pop()
            elif state.get(step) is False:
                acyclic |= {(step, node)} if turn else set()
            else:
                acyclic.add((node, step))
                if step not in state:
                    state[step] = False
                    stack.append((step, iter(below[step])))
    return sorted(acyclic)


def _topological(nodes: Sequence[str], edges: Collection[Edge]) -> list[str]:
    """Nodes with all that depend on them before them; by name where that leaves a
    choice."""
    waits = dict.fromkeys(nodes, 0)
    for _, b in edges:
        waits[b] += 1
    ready = sorted(node for node in nodes if not waits[node])
    found = []
    while ready:
        node = ready.pop(0)
        found.append(node)
        for b in sorted(b for a, b in edges if a == node):
            waits[b] -= 1
            if not waits[b]:
                ready = sorted([*ready, b])
    return found


def _levels(nodes: Sequence[str], edges: Collection[Edge], widest: int) -> dict[str, int]:
    """Returns the layer of each node, 0 at the bottom: above all it depends on, and no
    layer wider than allowed (Coffman-Graham)."""
    below: dict[str, list[str]] = {node: [] for node in nodes}
    for a, b in edges:
        below[a].append(b)
    level: dict[str, int] = {}
    held: dict[int, int] = {}
    for node in reversed(_topological(nodes, edges)):
        at = max((level[b] + 1 for b in below[node]), default=0)
        while held.get(at, 0) >= widest:
            at += 1
        level[node] = at
        held[at] = held.get(at, 0) + 1
    return level


def _chain(edge: Edge, level: Mapping[str, int]) -> list[str]:
    """Returns the edge's nodes from the upper to the lower one, with a place in each
    layer that it passes."""
    a, b = edge
    return [a, *(f"\0{a}\0{b}\0{at}" for at in range(level[a] - 1, level[b], -1)), b]


def _rows(level: Mapping[str, int], chains: Mapping[Edge, Sequence[str]]) -> list[list[str]]:
    """Returns the layers from the top, places of passing lines among them."""
    top = max(level.values(), default=-1)
    rows: list[list[str]] = [[] for _ in range(top + 1)]
    for node in sorted(level):
        rows[top - level[node]].append(node)
    for (a, _), chain in chains.items():
        for step, dummy in enumerate(chain[1:-1], start=1):
            rows[top - level[a] + step].append(dummy)
    return rows


def _ordered(rows: list[list[str]], chains: Collection[Sequence[str]]) -> list[list[str]]:
    """Returns the layers with each one's nodes in the order of their neighbours'
    middles: the best of some sweeps."""
    up, down = _neighbours(chains)
    best, fewest = [list(row) for row in rows], _crossings(rows, down)
    for sweep in range(SWEEPS):
        backwards = sweep % 2 == 1
        near = down if backwards else up
        places: dict[str, float] = {}
        for row in reversed(rows) if backwards else rows:
            middle = {}
            for at, node in enumerate(row):
                around = [places[other] for other in near.get(node, ()) if other in places]
                middle[node] = sum(around) / len(around) if around else float(at)
            row.sort(key=lambda node: middle[node])
            places |= {node: float(at) for at, node in enumerate(row)}
        crossings = _crossings(rows, down)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _neighbours(
    chains: Collection[Sequence[str]],
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    up: dict[str, list[str]] = {}
    down: dict[str, list[str]] = {}
    for chain in chains:
        for a, b in pairwise(chain):
            down.setdefault(a, []).append(b)
            up.setdefault(b, []).append(a)
    return up, down


def _crossings(rows: Sequence[Sequence[str]], down: Mapping[str, Sequence[str]]) -> int:
    total = 0
    for row, below in pairwise(rows):
        place = {node: at for at, node in enumerate(below)}
        ends = [sorted(place[b] for b in down.get(node, ())) for node in row]
        flat: list[int] = []
        for group in ends:
            total += sum(1 for end in group for earlier in flat if earlier > end)
            flat += group
    return total


def _across(
    rows: Sequence[Sequence[str]], chains: Collection[Sequence[str]], wide: Mapping[str, float]
) -> dict[str, float]:
    """Returns the left of each node: near the middle of its neighbours, in order,
    without touching the next one."""
    up, down = _neighbours(chains)
    left: dict[str, float] = {}
    for row in rows:
        left |= _apart(row, dict.fromkeys(row, 0.0), wide)
    for sweep in range(SWEEPS):
        backwards = sweep % 2 == 1
        near = down if backwards else up
        for row in reversed(rows) if backwards else rows:
            wish = {}
            for node in row:
                around = [left[other] + wide.get(other, AISLE) / 2 for other in near.get(node, ())]
                middle = (
                    sum(around) / len(around) if around else left[node] + wide.get(node, AISLE) / 2
                )
                wish[node] = middle - wide.get(node, AISLE) / 2
            left |= _apart(row, wish, wide)
    edge = min(left.values(), default=0.0)
    return {node: round(at - edge, 1) for node, at in left.items()}


def _apart(
    row: Sequence[str], wish: Mapping[str, float], wide: Mapping[str, float]
) -> dict[str, float]:
    """Returns the wishes, moved apart as little as needed: the middle of pushing to the
    right and pushing to the left."""
    gaps = [GAP if a in wide or b in wide else LANE for a, b in pairwise(row)]
    right, at = {}, -math.inf
    for node, gap in zip(row, [*gaps, 0.0], strict=True):
        right[node] = max(wish[node], at)
        at = right[node] + wide.get(node, AISLE) + gap
    leftward, at = {}, math.inf
    for node, gap in zip(reversed(row), [*reversed(gaps), 0.0], strict=True):
        leftward[node] = min(wish[node], at - wide.get(node, AISLE))
        at = leftward[node] - gap
    return {node: (right[node] + leftward[node]) / 2 for node in row}


def _down(
    rows: Sequence[Sequence[str]], sizes: Mapping[str, tuple[float, float]]
) -> tuple[dict[int, float], dict[int, float], float]:
    """Returns the top and the bottom of each layer by its number (0 lowest), and the
    height of all."""
    tops, bottoms, at = {}, {}, 0.0
    for place, row in enumerate(rows):
        number = len(rows) - 1 - place
        tops[number] = at
        at += max((sizes[node][1] for node in row if node in sizes), default=0.0)
        bottoms[number] = at
        at += CHANNEL
    return tops, bottoms, max(at - CHANNEL, 0.0)


def _ports(
    chains: Collection[Sequence[str]], left: Mapping[str, float], wide: Mapping[str, float]
) -> dict[tuple[str, str, bool], float]:
    """Returns where lines leave (`True`) and reach a box: spread over its edge, in the
    order of where they come from."""
    ends: dict[tuple[str, bool], list[tuple[float, str]]] = {}
    for chain in chains:
        first, last = chain[1], chain[-2]
        ends.setdefault((chain[0], True), []).append(
            (left[first] + wide.get(first, AISLE) / 2, chain[-1])
        )
        ends.setdefault((chain[-1], False), []).append(
            (left[last] + wide.get(last, AISLE) / 2, chain[0])
        )
    return {
        (node, other, leaves): left[node] + wide[node] * (at + 1) / (len(found) + 1)
        for (node, leaves), found in ends.items()
        for at, (_, other) in enumerate(sorted(found))
    }

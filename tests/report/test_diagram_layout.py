import itertools

import pytest
from groundplan.report.diagram.layers import layout, reduced
from groundplan.report.diagram.text_width import cut, width, wrapped

SIZE = (100.0, 40.0)


def placed(edges: str, more: str = "") -> dict[str, tuple[float, float]]:
    """Corners of boxes; `ab bc` are the edges a -> b and b -> c."""
    pairs = [(pair[0], pair[1]) for pair in edges.split()]
    nodes = {node for pair in pairs for node in pair} | set(more)
    return dict(layout(dict.fromkeys(nodes, SIZE), pairs).corners)


def graphs() -> list[tuple[int, list[tuple[str, str]]]]:
    """Graphs of 1 to 40 nodes, without edges, as a tree, as a ladder, dense, in
    circles."""
    found = []
    for number in (1, 2, 5, 12, 40):
        names = [f"n{at:02d}" for at in range(number)]
        found += [
            (number, []),
            (number, [(names[at], names[at // 2]) for at in range(1, number)]),
            (
                number,
                [
                    (names[at], names[at - step])
                    for at in range(number)
                    for step in (1, 3, 7)
                    if at >= step
                ],
            ),
            (
                number,
                [
                    (a, b)
                    for a, b in itertools.combinations(names, 2)
                    if (int(a[1:]) * 7 + int(b[1:])) % 3 == 0
                ],
            ),
            (number, [(names[at], names[(at + 1) % number]) for at in range(number) if number > 1]),
        ]
    return found


def test_a_box_is_above_those_it_depends_on() -> None:
    corners = placed("ab bc ac")
    assert corners["a"][1] < corners["b"][1] < corners["c"][1]


def test_nothing_is_nothing() -> None:
    positions = layout({}, [])
    assert (positions.corners, positions.routes, positions.width, positions.height) == (
        {},
        {},
        0.0,
        0.0,
    )


def test_a_layer_that_would_be_too_wide_is_broken() -> None:
    corners = placed("", "abcdefghijklmnopqrstuvwxyz")
    assert len({y for _, y in corners.values()}) > 1
    assert max(x for x, _ in corners.values()) < 1_000


def test_lines_that_need_not_cross_do_not() -> None:
    for edges in ("ad be cf", "af be cd"):
        corners = placed(edges)
        below = {pair[0]: pair[1] for pair in edges.split()}
        upper = sorted(below, key=lambda node: corners[node])
        assert sorted(below.values(), key=lambda node: corners[node]) == [
            below[node] for node in upper
        ]


@pytest.mark.parametrize(("number", "edges"), graphs())
def test_boxes_are_apart_and_no_line_crosses_one(number: int, edges: list[tuple[str, str]]) -> None:
    sizes = {f"n{at:02d}": (100.0, 30.0 + 11 * (at % 4)) for at in range(number)}
    positions = layout(sizes, edges)
    assert set(positions.corners) == set(sizes)
    boxes = {
        name: (x, y, x + sizes[name][0], y + sizes[name][1])
        for name, (x, y) in positions.corners.items()
    }
    for one, other in itertools.combinations(boxes.values(), 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    assert all(
        min(x0, y0) >= 0 and x1 <= positions.width and y1 <= positions.height
        for x0, y0, x1, y1 in boxes.values()
    )
    assert set(positions.routes) == set(edges)
    for (a, b), points in positions.routes.items():
        assert _touches(points[0], boxes[a])
        assert _touches(points[-1], boxes[b])
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            if x != to_x:  # a bend: between two layers, where no box is
                assert not any(
                    top < max(y, to_y) and min(y, to_y) < bottom
                    for _, top, _, bottom in boxes.values()
                )
                continue
            for name, (x0, y0, x1, y1) in boxes.items():
                assert name in (a, b) or not (
                    x0 < x < x1 and min(y, to_y) < y1 and y0 < max(y, to_y)
                ), (a, b, name)


def _touches(point: tuple[float, float], box: tuple[float, float, float, float]) -> bool:
    return box[0] < point[0] < box[2] and point[1] in (pytest.approx(box[1]), pytest.approx(box[3]))


def test_edges_that_follow_from_others_can_be_left_out() -> None:
    edges = [("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")]
    assert reduced(edges) == {("a", "b"), ("b", "c"), ("a", "d")}


def test_an_edge_that_closes_a_cycle_is_drawn() -> None:
    edges = [("a", "b"), ("b", "c"), ("c", "a")]
    assert reduced(edges) == set(edges)


def test_a_text_is_cut_to_its_room_and_not_before() -> None:
    text = "endpoint configuration"
    assert cut(text, width(text, 12), 12) == text
    short = cut(text, 60, 12)
    assert short.endswith("…")
    assert width(short, 12) <= 60
    assert text.startswith(short[:-1].rstrip())


def test_wide_letters_take_more_room() -> None:
    assert width("WWWW", 12) > width("aaaa", 12) > width("iiii", 12)
    assert width("日本", 12) >= 24


def test_a_long_text_is_wrapped_between_words_and_the_last_line_is_cut() -> None:
    text = "three node groups and a very long list of what is in them"
    lines = wrapped(text, 120, 12, most=3)
    assert len(lines) == 3
    assert lines[-1].endswith("…")
    assert all(width(line, 12) <= 120 for line in lines)
    assert wrapped("short", 120, 12, most=2) == ["short"]
    assert wrapped("", 120, 12, most=2) == [""]

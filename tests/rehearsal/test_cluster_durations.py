"""Durations of Prometheus and Alertmanager are shorter in a rehearsal, and nothing else
is."""

import re
from typing import Any

import pytest

from rehearsal.account.names import Names
from rehearsal.cluster import alerting, scraping
from rehearsal.cluster.durations import DURATION, KEYS, configuration, query, shortened
from rehearsal.cluster.stack import manifest


@pytest.mark.parametrize(
    ("duration", "shorter"),
    [("1m", "600ms"), ("1h30m", "54000ms"), ("15s", "150ms"), ("0m", "0ms"), ("1ms", "1ms")],
)
def test_a_duration_is_divided_by_the_factor(duration: str, shorter: str) -> None:
    assert shortened(duration, 100) == shorter


@pytest.mark.parametrize(
    ("expression", "shorter"),
    [
        ("rate(a[5m]) > 300", "rate(a[3000ms]) > 300"),
        ("max_over_time(rate(a[1m])[1h:30s])", "max_over_time(rate(a[600ms])[36000ms:300ms])"),
        ("a offset 1h - b offset -5m", "a offset 36000ms - b offset -3000ms"),
        ('a{path="/x[5m]/offset 1h"}[5m]', 'a{path="/x[5m]/offset 1h"}[3000ms]'),
        ("a{le='[1m]'} # [5m]\n+ b[1m]", "a{le='[1m]'} # [5m]\n+ b[600ms]"),
        (r'a{b="\"[5m]"}', r'a{b="\"[5m]"}'),
        ("rate5m:a > 5 and b5m_1h", "rate5m:a > 5 and b5m_1h"),
    ],
)
def test_in_a_query_ranges_and_offsets_are_shorter(expression: str, shorter: str) -> None:
    assert query(expression, 100) == shorter


def leaves(value: Any, key: str = "") -> list[tuple[str, Any]]:
    """All values of a configuration, with the keys that they have."""
    if isinstance(value, dict):
        return [leaf for name, item in value.items() for leaf in leaves(item, name)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item, key)]
    return [(key, value)]


RANGED = rf"(?<=[\[:])({DURATION.pattern})(?=[\]:])"


def test_nothing_but_durations_changes() -> None:
    plan = manifest()
    names = Names(plan)
    places = scraping.Places("http://pods", "state:1", "alerts:1")
    whole = {
        "rules": list(scraping.rules(plan, names).values()),
        "prometheus": scraping.configuration(plan, names, places),
        "alertmanager": alerting.configuration(plan, names, "http://sns"),
    }
    before, after = leaves(whole), leaves(configuration(whole, 100))
    assert [key for key, _ in before] == [key for key, _ in after]
    changed = {key for (key, old), (_, new) in zip(before, after, strict=True) if old != new}
    assert {"expr", "for", "scrape_interval", "group_wait", "repeat_interval"} <= changed
    assert changed <= {*KEYS, "expr"}
    for (key, old), (_, new) in zip(before, after, strict=True):
        if key == "expr":
            masked = [
                re.sub(rf"(?<=[\[:])({DURATION.pattern})(?=[\]:])", "D", q) for q in (old, new)
            ]
            assert masked[0] == masked[1]
            for a, b in zip(DURATION.findall(old), DURATION.findall(new), strict=True):
                assert b in (a, shortened(a, 100))

"""Processes of the rehearsal: several executions run at once, in simulated time."""

import pytest

from rehearsal.clock import Clock
from rehearsal.permissions.guard import acting, current, person
from rehearsal.processes import Over


def test_processes_pass_their_own_time_beside_each_other() -> None:
    clock, seen = Clock(), list[str]()

    def waits(name: str, seconds: float) -> None:
        for number in range(2):
            clock.advance(seconds)
            seen.append(f"{name}{number}")

    clock.begin(lambda: waits("slow", 30))
    clock.begin(lambda: waits("fast", 20))
    assert seen == []
    clock.advance(60)
    assert seen == ["fast0", "slow0", "fast1", "slow1"]


def test_a_process_keeps_its_principal_while_others_act() -> None:
    clock, seen = Clock(), list[str]()
    jo, kim = person("jo", "role"), person("kim", "role")

    def body() -> None:
        with acting(jo):
            clock.advance(10)
            seen.append(current().session)

    clock.begin(body)
    with acting(kim):
        clock.advance(20)
        seen.append(current().session)
    assert seen == ["jo", "kim"]


def test_an_error_of_a_process_ends_what_passes_the_time() -> None:
    clock = Clock()

    def body() -> None:
        clock.advance(10)
        raise ValueError("of the process")

    clock.begin(body)
    with pytest.raises(ValueError, match="of the process"):
        clock.advance(20)


def test_processes_that_wait_end_with_the_simulation() -> None:
    clock, ends = Clock(), list[Exception]()

    def body() -> None:
        try:
            clock.advance(10)
        except Over as over:
            ends.append(over)

    for _ in range(2):
        clock.begin(body)
    clock.end()
    assert len(ends) == 2

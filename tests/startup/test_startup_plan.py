"""What `invoke startup.plan` shows."""

from __future__ import annotations

from dataclasses import replace

from migrate_tasks.render.startup_plan import condition_text, startup_plan_json, startup_plan_text
from migrate_tasks.startup.budget import budget_of
from migrate_tasks.startup.spec import Phase, Requirement, Sequence
from tests.startup.sequences import DIAMOND, LINE, beside_another, in_line, seconds


def test_a_line() -> None:
    """Columns that say nothing are left out; the wait for another replica is a column of its own."""
    assert startup_plan_text(LINE, budget_of(LINE, lock_wait=seconds(300))) == LINE_TEXT


LINE_TEXT = """\
   phase                after                attempts  timeout  pauses  lock wait  grace  longest
1  environment          the start                   1      10s                       10s    20.3s
2  database_health      environment                 3      45s   600ms               10s    2m27s
3  database_migrations  database_health             3     120s   600ms         5m    10s   21m12s
4  memory_store         database_migrations         2      30s   200ms               10s    70.8s

longest possible time: 25m10s
the longest chain: environment 20.3s + database_health 2m27s + database_migrations 21m12s + memory_store 70.8s = 25m10s"""  # noqa: E501


def test_a_diamond() -> None:
    """The table tells who may run beside whom, what is optional or conditional, and what cuts a phase short."""
    assert startup_plan_text(DIAMOND, budget_of(DIAMOND)) == DIAMOND_TEXT


DIAMOND_TEXT = """\
   phase     after                      beside  attempts  timeout  pauses  grace  longest
1  settings  the start                                 1      10s            10s    20.3s
2  index     settings                   memory         1      60s            10s    70.3s
3  memory    settings                   index          1      20s            10s    30.3s  optional; when CACHE is set
4  api       index, memory (completed)                 6      30s    6.2s    10s   110.3s  total_timeout 100s

longest possible time: 3m21s
the longest chain: settings 20.3s + index 70.3s + api 110.3s = 3m21s"""


def test_the_bound_of_jobs() -> None:
    """A limit of jobs is named as what the time was computed from."""
    assert startup_plan_text(DIAMOND, budget_of(DIAMOND, jobs=2)).splitlines()[-3:] == [
        "longest possible time: 3m37s",
        "the longest chain: settings 20.3s + index 70.3s + api 110.3s = 3m21s",
        "with 2 jobs, at most: the chain + 30.3s of others / 2",
    ]


def test_the_bound_of_total_timeout() -> None:
    """The total_timeout is named where it ends the start-up before the chain would."""
    limited = replace(DIAMOND, total_timeout=seconds(90))

    assert startup_plan_text(limited, budget_of(limited)).splitlines()[-3:] == [
        "longest possible time: 100.3s",
        "the longest chain: settings 20.3s + index 70.3s + api 110.3s = 3m21s",
        "total_timeout ends it earlier: 90s + 10.3s to end what runs",
    ]


def test_many_side_by_side_are_counted() -> None:
    """Of more than three phases beside one, the table tells how many they are."""
    many = Sequence("many", beside_another(5))

    assert startup_plan_text(many, budget_of(many)).splitlines()[1] == (
        "1  p1     the start  4 phases         1      60s    10s    70.3s"
    )


def test_order_is_of_the_graph() -> None:
    """Phases are listed in the order in which they can begin, wherever the file has them."""
    backwards = Sequence("backwards", in_line(Phase(name="a"), Phase(name="b"))[::-1])

    assert [line.split()[1] for line in startup_plan_text(backwards, budget_of(backwards)).splitlines()[1:3]] == [
        "a",
        "b",
    ]


def test_json() -> None:
    """Programs are told the same, in milliseconds."""
    data = startup_plan_json(DIAMOND, budget_of(DIAMOND))["data"]

    assert {key: value for key, value in data.items() if key != "phases"} == {
        "name": "shop",
        "longest_ms": 200900,
        "bound": "chain",
        "chain": ["settings", "index", "api"],
        "jobs": None,
        "total_timeout_ms": None,
    }
    assert data["phases"][2] == {
        "name": "memory",
        "description": "",
        "required": False,
        "depends_on": [{"name": "settings", "condition": "completed_successfully"}],
        "beside": ["index"],
        "when": ["CACHE is set"],
        "attempts": 1,
        "timeout_ms": 20000,
        "total_timeout_ms": None,
        "grace_period_ms": 10000,
        "lock_wait_ms": 0,
        "pauses_ms": 0,
        "longest_ms": 30300,
    }


def test_conditions_are_told_in_words() -> None:
    """What `when` wants of a variable: one of its values, that it is set, or that it is not."""
    wanted = (Requirement("A", ("x", "y")), Requirement("B"), Requirement("C", is_set=False))

    assert [condition_text(requirement) for requirement in wanted] == ["A=x|y", "B is set", "C is not set"]

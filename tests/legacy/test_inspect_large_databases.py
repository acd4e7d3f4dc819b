"""Models out of databases with many tables, many rows, and views that take their time."""

import re
import time

import pytest

from ..legacies import ENGINES


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "sql", ["\n".join(f"create table t{i} (id int primary key, a varchar(9));" for i in range(400))]
)
def test_four_hundred_tables_take_seconds_and_show_progress(attic, engine, sql):
    start = time.monotonic()
    assert attic.inspect().count("class Meta:") == 400
    assert time.monotonic() - start < 300  # not hours
    assert "400 of 400 tables read" in attic.said


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        (
            "sqlite",
            f"create table wide ({', '.join(f'c{i} datetime' for i in range(100))});"
            f"insert into wide values ({', '.join(['1'] * 100)});",
        )
    ],
)
def test_a_table_of_many_columns_is_asked_in_several_queries(attic, engine):
    assert attic.inspect().count("RawBigIntegerField(") == 100


NO_DATE = {"sqlite": "'n/a'", "mysql": "'2020-00-00'", "postgresql": "date 'infinity'"}
MANY = {
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)",
    "mysql": "with n as (select seq as i from seq_1_to_200000)",
    "postgresql": "with n as (select i from generate_series(1, 200000) i)",
}


def _large(engine: str) -> str:
    """A table without a date near its ends and in its middle, and a view that will not answer today."""
    date = "date" if engine == "postgresql" else ""
    days = ", ".join(
        f"case i when {odd} then {NO_DATE[engine]} else {date} '2020-01-01' end"
        for odd in (10, 100_000, 199_990)
    )
    lenient = "set sql_mode = ''; " if engine == "mysql" else ""
    rows = f"insert into big {MANY[engine]} select i, {days} from n"
    return (
        f"{lenient}create table big (id integer primary key, first date, middle date, last date); {rows};"
        "create view endless as select count(*) as i from big a, big b, big c;"
    )


@pytest.mark.parametrize(("engine", "sql"), [(engine, _large(engine)) for engine in ENGINES])
def test_large_tables_are_read_at_both_ends_and_slow_views_are_not_waited_for(attic, engine):
    source = attic.inspect()
    assert re.findall(r"(\w+) = (?:models\.|Stored)DateField\(", source) == ["middle"]
    # 50,000, and on a machine too busy to read these in time, 1,000.
    assert re.search(r"Sampled: big: its first and last (50|1),000 rows decided", attic.said)
    (slow,) = (line for line in attic.said.splitlines() if "no answer within 2 seconds" in line)
    assert "endless" in slow and "class Endless(KeylessModel)" in source


@pytest.mark.parametrize(
    ("engine", "sql"), [(engine, _large(engine).partition("create view")[0]) for engine in ENGINES]
)
def test_thorough_reads_large_tables_to_the_end(attic, engine):
    done = attic.manage("inspect_legacy", "attic", "--thorough")
    assert not re.search(r"middle = (models\.|Stored)DateField\(", done.stdout)
    assert "Sampled" not in done.stderr

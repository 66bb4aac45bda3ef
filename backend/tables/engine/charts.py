"""Charts: one or two columns as a few marks, whatever the number of rows. Every row is counted.

What is said of a chart is said in docs/api.md; `services/charts.py` holds a question against the
sheet first, so that x and y fit each other here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.domain import Column, ColumnType, RowQuery
from backend.tables.engine.axes import Axis
from backend.tables.engine.chosen_rows import GROUPED, ChosenRows
from backend.tables.engine.measures import Measure, Measuring
from backend.tables.engine.opened import OpenRows
from backend.tables.engine.periods import (
    MOST_PERIODS,
    TIMES,
    Period,
    count_periods,
    partly_covered,
)
from backend.tables.engine.places import Places
from backend.tables.engine.questions import Question
from backend.tables.engine.registry import operation
from backend.tables.engine.sql import quoted

Told = dict[str, Any]

BINS = 30
CELLS = (48, 30)
"""About so many bins on x and on y where there are too many points to draw each."""
POINTS = 2_000
SHOWN_CHARACTERS = 200


@operation("chart")
def chart(rows: OpenRows, question: Question) -> Told:
    """The chart of the columns `x` and `y` (or none) in the rows of the question."""
    asked = question.arguments
    x = rows.columns[asked["x"]]
    y = rows.columns[asked["y"]] if asked["y"] is not None else None
    chosen = _chosen(rows, question.query, [x, *([y] if y else [])])
    rows.go_on()
    return draw(chosen, x, y, asked["measure"], period=asked["period"], top=asked["top"])


def draw(
    rows: ChosenRows,
    x: Column,
    y: Column | None,
    measure: str | None,
    *,
    period: str | None = None,
    top: int = 20,
) -> Told:
    """The chart, ready for JSON. Without a measure the rows are points themselves."""
    total, axes = Axis.read(rows, [x, *([y] if y else [])])
    x_axis, y_axis = axes[0], axes[1] if y else None
    told = {"total": total, "x": x_axis.missing, "y": y_axis and y_axis.missing}
    if measure is None and y_axis is not None:
        return {**told, **_points(rows, x_axis, y_axis)}
    measuring = Measuring.of(Measure(measure or Measure.COUNT), y_axis, total)
    if x.type in GROUPED:
        return {**told, **_categories(rows, x_axis, measuring, top)}
    if x.type in TIMES:
        return {**told, **_periods(rows, x_axis, measuring, period)}
    bins = x_axis.bins("x", BINS) if x_axis.has_values else None
    groups = _groups(rows, x_axis, bins, measuring)
    return {**told, "form": "bins", **_placed(x_axis, bins, measuring, groups)}


def _chosen(rows: OpenRows, query: RowQuery, columns: Sequence[Column]) -> ChosenRows:
    """The rows of a query. They are looked at two or three times, so a choice is made once."""
    wanted = rows.where(query)
    found = ChosenRows(rows.connection, rows.relation, wanted.sql, wanted.parameters)
    if not (query.filters or query.search):
        return found
    names = ", ".join(quoted(key) for key in dict.fromkeys(column.key for column in columns))
    # What a connection makes for itself goes when it is closed.
    make = f"CREATE TEMP TABLE chosen AS SELECT {names} FROM {found.source} WHERE {wanted.sql}"
    rows.execute(make, wanted.parameters).fetchall()
    return ChosenRows(rows.connection, "temp.chosen")


def _categories(rows: ChosenRows, x: Axis, measuring: Measuring, top: int) -> Told:
    """The largest groups of x, and all others together."""
    ranks = {Measure.SUM: "abs(raw)", Measure.COUNT: "n" if measuring.y else "r"}
    rank = ranks.get(measuring.measure, "r")
    shown = (
        f"left(v, {SHOWN_CHARACTERS}), length(v)"
        if x.column.type is ColumnType.TEXT
        else "v::VARCHAR, 0"
    )
    again = measuring.aggregates_again
    found = rows.connection.execute(
        f"WITH grouped AS MATERIALIZED (SELECT {x.sql} AS v, {measuring.of_y(measuring.y_sql)} "
        f"FROM {rows.source} WHERE {rows.condition} GROUP BY 1), "
        "best AS MATERIALIZED (SELECT * FROM grouped WHERE v IS NOT NULL "
        f"ORDER BY {rank} DESC, v LIMIT {top}), "
        "rest AS (SELECT * FROM grouped ANTI JOIN best USING (v) WHERE v IS NOT NULL) "
        f"SELECT 'mark' AS kind, {shown}, r, n, raw FROM best "
        f"UNION ALL SELECT 'rest', NULL, count(*), {again} FROM rest "
        f"UNION ALL SELECT 'none', NULL, count(*), {again} FROM grouped WHERE v IS NULL",
        rows.parameters,
    ).fetchall()
    marks = [
        {**_named(x.column, text, length), **measuring.told(*group)}
        for kind, text, length, *group in found
        if kind == "mark"
    ]
    marks.sort(key=_by_value)
    (rest,) = ([groups, *group] for kind, _, groups, *group in found if kind == "rest")
    (none,) = (group for kind, _, _, *group in found if kind == "none")
    others = {"categories": rest[0], **measuring.told(*rest[1:])} if rest[0] else None
    return {
        "form": "categories",
        **_settled(measuring, marks, others, measuring.told(*none) if none[0] else None),
    }


def _named(column: Column, text: str, length: int) -> Told:
    if column.type is ColumnType.BOOLEAN:
        return {"x": text == "true"}
    return {"x": text} if length <= SHOWN_CHARACTERS else {"x": text, "x_length": length}


def _by_value(mark: Told) -> tuple[bool, float, str]:
    """Greatest value first, those without one last; the name decides between equal ones."""
    value = mark["value"]
    return value is None, 0.0 if value is None else -float(value), str(mark["x"])


def _periods(rows: ChosenRows, x: Axis, measuring: Measuring, period: str | None) -> Told:
    """Every period from the first moment to the last one."""
    if not x.has_values:
        groups = _groups(rows, x, None, measuring)
        told = {"form": "periods", "period": period, **_partial(x, (False, False))}
        return {**told, **_placed(x, None, measuring, groups)}
    wanted = x.fitting_period() if period is None else Period(period)
    count = count_periods(int(x.low), int(x.high), wanted)
    if count > MOST_PERIODS:
        return {"refused": "period", "marks": count, "fitting": x.fitting_period(MOST_PERIODS)}
    places = x.periods(wanted)
    groups = _groups(rows, x, places, measuring, ", epoch_us(min(x)), epoch_us(max(x))")
    spans = {at: (low, high) for at, (*_, low, high) in groups.items() if at is not None}
    told = {"form": "periods", "period": wanted, **_partial(x, partly_covered(places.edges, spans))}
    return {**told, **_placed(x, places, measuring, groups)}


def _partial(x: Axis, partly: tuple[bool, bool]) -> Told:
    """From when the first and until when the last period is covered, if not the whole of it."""
    first, last = x.cells([x.low, x.high])
    return {
        "partial_from": first if partly[0] else None,
        "partial_until": last if partly[1] else None,
    }


Groups = dict[int | None, list[Any]]


def _groups(
    rows: ChosenRows, x: Axis, places: Places | None, measuring: Measuring, more: str = ""
) -> Groups:
    """What lies in each place on x as `measuring` wants it, and more; None: what has no place."""
    place = "NULL::BIGINT" if places is None else places.sql
    y = f", {measuring.y_sql} AS y" if measuring.y else ""
    inside = f"SELECT {x.sql} AS x{y} FROM {rows.source} WHERE {rows.condition}"
    found = rows.connection.execute(
        f"SELECT {place}, {measuring.of_y('y' if y else None)}{more} FROM ({inside}) GROUP BY 1",
        rows.parameters,
    ).fetchall()
    return {number: group for number, *group in found}


def _placed(x: Axis, places: Places | None, measuring: Measuring, found: Groups) -> Told:
    """A mark for each place on x, those where nothing lies too."""
    groups = {number: measuring.told(*group[:3]) for number, group in found.items()}
    unplaced = groups.pop(None, None)
    if places is None:
        return _settled(measuring, [], None, unplaced)
    edges, nothing = x.cells(places.edges), measuring.told(0, 0, None)
    marks = [
        {"from": edges[number], "to": edges[number + 1], **groups.get(number, nothing)}
        for number in range(len(places))
    ]
    return _settled(measuring, marks, None, unplaced)


def _settled(
    measuring: Measuring, marks: list[Told], others: Told | None, unplaced: Told | None
) -> Told:
    groups = [*marks, *([others] if others else [])]
    told = {"drawn": sum(group["rows"] for group in groups), "marks": marks}
    told |= {"others": others, "unplaced": unplaced}
    if measuring.as_texts([*groups, *([unplaced] if unplaced else [])]):
        told["values_as_strings"] = True
    return told


def _points(rows: ChosenRows, x: Axis, y: Axis) -> Told:
    """Each row that has both as a point; where these are too many, how many lie in each cell."""
    both = rows.where(f"({x.sql}) IS NOT NULL AND ({y.sql}) IS NOT NULL")
    count, (x, y) = Axis.read(both, [x.column, y.column])
    inside = f"(SELECT {x.sql} AS x, {y.sql} AS y FROM {both.source} WHERE {both.condition})"
    if count > POINTS:
        return {"form": "cells", "drawn": count, "marks": _cells(both, inside, x, y)}
    found = both.connection.execute(f"SELECT x, y FROM {inside} ORDER BY 1, 2", both.parameters)
    pairs = found.fetchall()
    xs, ys = x.cells([one for one, _ in pairs]), y.cells([other for _, other in pairs])
    points = [{"x": one, "y": other} for one, other in zip(xs, ys, strict=True)]
    return {"form": "points", "drawn": count, "marks": points}


def _cells(rows: ChosenRows, inside: str, x: Axis, y: Axis) -> list[Told]:
    across, up = x.bins("x", CELLS[0]), y.bins("y", CELLS[1])
    found = rows.connection.execute(
        f"SELECT {across.sql}, {up.sql}, count(*) FROM {inside} GROUP BY 1, 2 ORDER BY 1, 2",
        rows.parameters,
    )
    xs, ys = x.cells(across.edges), y.cells(up.edges)
    return [
        {"from": xs[i], "to": xs[i + 1], "y_from": ys[j], "y_to": ys[j + 1], "rows": count}
        for i, j, count in found.fetchall()
    ]

"""A summary as an HTML table: whole without its style, and without a script."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

STYLE_ADDRESS = "/docs/summary.css"
POLICY = (
    "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
STYLE = """\
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { margin: 1.5rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { text-align: start; margin-block-end: .5rem }
th, td { padding: .3rem .6rem; vertical-align: top; text-align: start }
thead th { position: sticky; top: 0; background: Canvas; white-space: nowrap }
tr { border-block-end: 1px solid GrayText }
td.number { text-align: end; white-space: nowrap }
th small { display: block; font-weight: normal }
bdi { overflow-wrap: anywhere }
ol { margin: 0; padding-inline-start: 1.5rem; max-width: 28rem }
summary { cursor: pointer }
svg { width: 10rem; height: 2rem; fill: currentColor; border-block-end: 1px solid }
"""
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
</head>
<body>
<main>
<h1>{title}</h1>
<div class="wide" role="region" aria-label="Table of columns" tabindex="0">
<table>
<caption>{caption}</caption>
<thead>
<tr>{heads}</tr>
</thead>
<tbody>
{rows}
</tbody>
</table>
</div>
</main>
</body>
</html>
"""
HEADS = (
    *("Column", "Type", "Count", "Nulls", "Distinct", "Min", "25 %", "50 %", "75 %", "Max"),
    *("Mean", "Std", "Values"),
)
CONTROLS = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n"}
BAR, HEIGHT = 5, 30


def summary_page(summary: Mapping[str, Any], filename: str) -> str:
    """The page. All that comes from a file is escaped, and kept in its own direction."""
    title = f"Summary of {shown(filename)}, revision {summary['revision']}"
    return PAGE.format(
        title=title,
        style=STYLE_ADDRESS,
        caption=f"{summary['total']:,} rows, {len(summary['columns']):,} columns",
        heads="".join(f'<th scope="col">{head}</th>' for head in HEADS),
        rows="\n".join(_row(column) for column in summary["columns"]),
    )


def shown(value: Any) -> str:
    """A value as text that is safe in HTML; controls are shown by their pictures."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    return html.escape(text.translate(CONTROLS))


def _row(column: Mapping[str, Any]) -> str:
    name, key = shown(column["name"]), shown(column["key"])
    beside = f"<small>{key}</small>" if key != name else ""
    quartiles = column.get("quartiles") or (None, None, None)
    cells = [
        f'<th scope="row"><bdi>{name}</bdi>{beside}</th><td>{shown(column["type"])}</td>',
        *(_number(column[name]) for name in ("count", "nulls", "distinct")),
        _end(column, "min"),
        *(_number(quartile) for quartile in quartiles),
        _end(column, "max"),
        *(_number(column.get(name)) for name in ("mean", "std")),
        f"<td>{_values(column)}</td>",
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _number(value: Any) -> str:
    return f'<td class="number">{shown(value)}</td>'


def _end(column: Mapping[str, Any], name: str) -> str:
    return f"<td>{_text(column[name], column.get(f'{name}_length'))}</td>"


def _text(value: Any, length: int | None) -> str:
    more = f" … ({length:,} characters)" if length else ""
    return "" if value is None else f"<bdi>{shown(value)}</bdi>{more}"


def _values(column: Mapping[str, Any]) -> str:
    if column.get("histogram"):
        return _bars(**column["histogram"])
    if column.get("top"):
        return _top(column["top"])
    if "true" in column:
        return f"true {column['true']:,}, false {column['false']:,}"
    return ""


def _bars(edges: list[Any], counts: list[int]) -> str:
    tallest = max(counts)
    spoken = "; ".join(
        f"{shown(low)} to {shown(high)}: {count:,}"
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    )
    bars = "".join(
        f'<rect x="{place * BAR}" y="{HEIGHT - tall}" width="{BAR - 1}" height="{tall}"/>'
        for place, count in enumerate(counts)
        if (tall := round(HEIGHT * count / tallest, 2))
    )
    size = f'viewBox="0 0 {len(counts) * BAR} {HEIGHT}" preserveAspectRatio="none"'
    label = f"Histogram of {len(counts)} bins from {shown(edges[0])} to {shown(edges[-1])}"
    picture = f'<svg {size} role="img" aria-label="{label}">{bars}</svg>'
    return f"{picture}<details><summary>Bins</summary>{spoken}</details>"


def _top(top: list[Mapping[str, Any]]) -> str:
    items = "".join(
        f"<li>{_text(one['value'], one.get('value_length')) or '<em>empty</em>'}: "
        f"{one['count']:,}</li>"
        for one in top
    )
    return f"<details><summary>{len(top)} most frequent</summary><ol>{items}</ol></details>"

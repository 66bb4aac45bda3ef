"""Tables to measure with: 12 columns of the kinds that people have, the same every time."""

from __future__ import annotations

import random

HEADER = "id,customer,region,amount,quantity,price,paid,day,moment,code,note,reference"
REGIONS = ("north", "south", "east", "west")
NOTES = ("", "on time", "called back", "see letter of Monday", "ørsted, 2nd floor")


def csv_table(rows: int, seed: int = 1) -> bytes:
    """A CSV of `rows` × 12, about 100 bytes a row."""
    source = random.Random(seed)
    lines = [HEADER]
    for number in range(rows):
        amount = source.randrange(10_000_000) / 100
        lines.append(
            f"{number},customer {source.randrange(50_000)},{REGIONS[number & 3]},{amount:.2f},"
            f"{source.randrange(100)},{source.random() * 100:.4f},"
            f"{'true' if number % 3 else 'false'},2024-{number % 12 + 1:02d}-{number % 28 + 1:02d},"
            f"2024-01-01T{number % 24:02d}:{number % 60:02d}:00,{number:08d},"
            f'"{NOTES[number % 5]}",{source.randrange(10**15)}'
        )
    return ("\n".join(lines) + "\n").encode()

"""The pieces of the campaign that were run, and what docs/reliability.md says of them.

`python -m tests.campaign.record [REPORT …]` adds the pieces of reports and writes that part of the page anew; a test
compares the two.
"""

import json
import statistics
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from acd_server.failpoints import POINTS

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "docs" / "campaign.json"
PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- campaign: written by python -m tests.campaign.record -->\n", "<!-- /campaign -->\n"

COLUMNS = {
    "seed": "seed",
    "commit": "commit",
    "store": "store",
    "tempo": "tempo",
    "load": "load",
    "starved_s": "starved s",
    "judged_s": "well s",
    "faults": "faults",
    "store_faults": "on store nodes",
    "contacts": "contacts",
}
"""What the table of the pieces has of each, and its heading."""

Piece = dict[str, Any]


def pieces() -> list[Piece]:
    if not FILE.exists():
        return []
    found: list[Piece] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def add(piece: Piece) -> None:
    """Keeps a piece: one line of the file each."""
    lines = [json.dumps(one) for one in [*pieces(), piece]]
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def table(of: list[Piece]) -> str:
    """By kind of fault: how many, and the seconds until all was well again."""
    healed: defaultdict[str, list[float]] = defaultdict(list)
    for one in of:
        for title, times in one["healed_s"].items():
            healed[title] += times
    lines = ["| fault | injected | well again after, median s | at most s |", "|---|---|---|---|"]
    lines += [
        f"| {title} | {len(times)} | {statistics.median(times):.1f} | {max(times):.1f} |"
        for title, times in sorted(healed.items())
    ]
    return "\n".join(lines) + "\n"


def page(of: list[Piece]) -> str:
    """What the page says of the pieces."""
    faults, on_store, contacts = (sum(one[name] for one in of) for name in ("faults", "store_faults", "contacts"))
    broken = sum(bool(one["violations"]) for one in of)
    points: Counter[str] = Counter()
    for one in of:
        points.update(one["points"])
    minutes = sum(one["play_s"] for one in of) / 60
    silent = ", ".join(f"`{point}`" for point in POINTS if point not in points)
    acted = f"Of the {len(POINTS)} failpoints {sum(point in points for point in POINTS)} acted"
    head = (
        f"{len(of)} pieces, {minutes:.0f} minutes: **{faults} faults**, {on_store} of them on store nodes, over "
        f"**{contacts:,} acknowledged contacts**. {_verdict(of, broken)}"
    )
    tail = f"{acted}, {sum(points.values()):,} times in all{f'; not yet: {silent}' if silent else ''}."
    return "\n".join((head, "", table(of), tail, "", _pieces(of)))


def _verdict(of: list[Piece], broken: int) -> str:
    if not broken:
        return "No violation in any."
    return f"{len(of) - broken} of them without a violation; what the others found is told below."


def _pieces(of: list[Piece]) -> str:
    rows = [[*COLUMNS.values(), "minutes", "violations"], ["---"] * (len(COLUMNS) + 2)]
    for one in of:
        known = ("?" if one[name] is None else str(one[name]) for name in COLUMNS)
        rows.append([*known, f"{one['play_s'] / 60:.1f}", str(len(one["violations"]))])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def written(text: str, of: list[Piece]) -> str:
    """The page's text with that part anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{page(of)}\n{END}{after}"


def main(reports: list[str]) -> int:
    for report in reports:
        for piece in json.loads(Path(report).read_text(encoding="utf-8"))["pieces"]:
            add(piece)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(written(text, pieces()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The ratios of a comparison as a picture: a bar for each, with the smallest and the largest of the
rounds, on a logarithmic axis. Drawn by gnuplot, in the colours of clif plot."""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

BAR, TARGET, INK, FAINT = "#0072b2", "#d55e00", "#222222", "#999999"
WIDTH, ROW, LEFT, RIGHT, TOP, BOTTOM = 900, 22, 170, 30, 40, 104  # pixels
TERMINALS = {
    ".png": "pngcairo size {w},{h} font 'Sans,9'",
    ".svg": "svg size {w},{h} font 'Sans,12'",
    ".pdf": "pdfcairo size {win}in,{hin}in font 'Sans,7'",
}
SMALL = {".png": 7.3, ".svg": 10, ".pdf": 5.7}  # letters of the caption, in the terminal's measure


class CannotPlot(Exception):
    """One sentence about why."""


@dataclass(frozen=True)
class Row:
    """How many times as fast as a competitor clif was."""

    work: str
    competitor: str
    least: float
    median: float
    most: float
    target: float | None


def can_draw(path: Path) -> bool:
    return path.suffix.lower() in TERMINALS


def check_gnuplot() -> None:
    if not shutil.which("gnuplot"):
        raise CannotPlot(
            "gnuplot, which draws the pictures, is not there; install gnuplot-nox "
            "(apt-get install gnuplot-nox)"
        )


def quote(text: str) -> str:
    return "'" + text.replace("'", "''").replace("\n", " ") + "'"


def axis(rows: list[Row]) -> tuple[float, float]:
    """From and to, with 1 between them, and room for a number behind the longest bar."""
    numbers = [1.0, *(row.least for row in rows), *(row.most for row in rows)]
    numbers += [row.target for row in rows if row.target]
    low, high = min(numbers), max(numbers)
    decades = max(math.log10(high / low), 0.3)
    return low / 10 ** (0.04 * decades), high * 10 ** (0.12 * decades)


def tics(low: float, high: float) -> str:
    fine = high / low < 300
    found = [
        mantissa * 10.0**power
        for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        for mantissa in ((1, 2, 5) if fine else (1,))
    ]
    return ", ".join(f"'{x:g}' {x:g}" for x in found if low <= x <= high)


def place(rows: list[Row]) -> tuple[list[tuple[float, str]], list[tuple[float, Row]]]:
    """Where the headings and the bars are, counted in rows from the top."""
    headings, bars, y = [], [], 0.0
    for work, group in groupby(rows, key=lambda row: row.work):
        headings.append((y + 0.5, work))
        y += 1
        for row in group:
            bars.append((y + 0.5, row))
            y += 1
        y += 0.5
    return headings, bars


def numbers(bars: list[tuple[float, Row]]) -> Iterator[str]:
    yield "$bars << END_OF_NUMBERS"
    for y, row in bars:
        yield f"{row.median:g} {y:g} {row.least:g} {row.most:g}"
    yield "END_OF_NUMBERS"
    yield "$targets << END_OF_NUMBERS"
    for y, row in bars:
        if row.target:
            yield f"{row.target:g} {y:g}"
    yield "END_OF_NUMBERS"


def labels(headings: list[tuple[float, str]], bars: list[tuple[float, Row]]) -> Iterator[str]:
    beside = f"at screen {(LEFT - 8) / WIDTH:.5f}, first"
    for y, work in headings:
        yield f"set label {quote(work)} at screen {14 / WIDTH:.5f}, first {y:g} left"
    for y, row in bars:
        yield f"set label {quote(row.competitor)} {beside} {y:g} right"
        end = max(row.most, row.target or 0, 1)
        yield f"set label '{row.median:.3g}' at first {end:g}, first {y:g} left offset 0.8,0"


def script(rows: list[Row], ending: str, caption: tuple[str, str]) -> str:
    headings, bars = place(rows)
    depth = bars[-1][0] + 0.5
    height = TOP + BOTTOM + depth * ROW
    low, high = axis(rows)
    size = {"w": WIDTH, "h": f"{height:g}", "win": WIDTH / 96, "hin": height / 96}
    small = f"font 'Sans,{SMALL[ending]}'"
    lines = [
        "set encoding utf8",
        f"set terminal {TERMINALS[ending].format(**size)} noenhanced background rgb '#ffffff'",
        f"set lmargin at screen {LEFT / WIDTH:.5f}",
        f"set rmargin at screen {1 - RIGHT / WIDTH:.5f}",
        f"set tmargin at screen {1 - TOP / height:.5f}",
        f"set bmargin at screen {BOTTOM / height:.5f}",
        f"set border 1 lc rgb '{INK}'",
        f"set xrange [{low:g}:{high:g}]",
        "set logscale x",
        f"set yrange [{depth:g}:0]",
        f"set xtics nomirror out ({tics(low, high)}) textcolor rgb '{INK}'",
        "unset ytics",
        f"set grid xtics back lc rgb '{FAINT}' lw 0.4",
        f"set arrow from 1,0 to 1,{depth:g} nohead back lc rgb '{INK}' lw 1",
        f"set key at screen {1 - RIGHT / WIDTH:.5f}, screen {1 - 14 / height:.5f} right horizontal",
        "set xlabel 'time of the competitor over that of clif (median; smallest to largest)'",
        *(
            f"set label {quote(text)} at screen {14 / WIDTH:.5f}, screen {(30 - 16 * i) / height:.5f}"
            f" left {small}"
            for i, text in enumerate(caption)
        ),
        *labels(headings, bars),
        *numbers(bars),
        "plot $bars using 1:2:(1):1:($2-0.32):($2+0.32) with boxxyerror fs solid 0.85 noborder "
        f"lc rgb '{BAR}' notitle, "
        f"$bars using 1:2:3:4 with xerrorbars pt 0 lw 1.4 lc rgb '{INK}' notitle, "
        "$targets using 1:($2-0.42):(0):(0.84) with vectors nohead lw 2.5 "
        f"lc rgb '{TARGET}' " + ("title 'asked for'" if any(r.target for r in rows) else "notitle"),
    ]
    return "\n".join(lines) + "\n"


def draw(path: Path, rows: list[Row], caption: tuple[str, str]) -> None:
    """The file appears whole or not at all. `caption`: what was run, and on which machine."""
    if not rows:
        raise CannotPlot("clif was compared with nobody, so there is no picture")
    ending = path.suffix.lower()
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as picture:
            ran = subprocess.run(
                ["gnuplot", "--default-settings"],
                input=script(rows, ending, caption).encode(),
                stdout=picture,
                stderr=subprocess.PIPE,
                check=False,
            )
        said = [line for line in ran.stderr.decode(errors="replace").splitlines() if "line" in line]
        if ran.returncode != 0 or not Path(picture.name).stat().st_size:
            os.unlink(picture.name)
            raise CannotPlot(f"gnuplot failed on '{path}' ({said[0] if said else 'without a word'})")
        os.chmod(picture.name, 0o644)
        os.replace(picture.name, path)
    except OSError as why:
        raise CannotPlot(f"cannot write '{path}' ({why.strerror}); name another file") from why

"""``kp2heat bench``."""

from __future__ import annotations

from typing import Any

import click

from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.output.console import print_json, say, show, table
from kp2heat.errors import SpecError


@click.command("bench")
@click.option(
    "--against",
    type=click.Choice(["script", "mmpose"]),
    default="script",
    show_default=True,
    help="A script with a loop over joints that comes with kp2heat, or mmpose where it is installed.",
)
@click.option("--only", metavar="WORDS", help="Only cases whose name has these words, e.g. 'decode dark'.")
@click.option(
    "--people",
    type=click.IntRange(256, 1_000_000),
    default=32768,
    show_default=True,
    help="People that kp2heat's side works on.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 1000),
    default=5,
    show_default=True,
    help="Rounds, in each of which both run once.",
)
@json_option("The numbers")
def command(against: str, only: str | None, people: int, rounds: int, as_json: bool) -> None:
    """Compare encoding, decoding and reading with a script that does the same, on this machine, in one run.

    The two take turns; the ratio is the median over the rounds. Nothing is left on the disk.

    \b
    kp2heat bench
    kp2heat bench --against mmpose --only encode --rounds 9
    kp2heat bench --people 20000 --json
    """
    import tempfile
    from pathlib import Path

    from kp2heat.bench.cases import cases
    from kp2heat.bench.machine import ceilings
    from kp2heat.bench.measure import measure
    from kp2heat.compiled import WORTH_LOADING, available, compiled_for

    with tempfile.TemporaryDirectory(prefix="kp2heat-bench-") as name:
        folder = Path(name)
        measured: list[dict[str, Any]] = []
        with compiled_for(WORTH_LOADING):  # as in runs that are large enough for the compiled loops
            met = []
            for case in cases(folder, against, people):
                met.append(case.work)
                if only is None or only.lower() in case.work.lower():
                    say(f"{case.work} ...")
                    measured.append(measure(case, rounds))
        if not measured:
            raise SpecError("--only", f"no case has '{only}' in its name", f"they are {'; '.join(met)}")
        limits = ceilings(folder)
    loops = "numba" if available() else "numpy"
    if as_json:
        print_json(
            {
                "people": people,
                "rounds": rounds,
                "loops": loops,
                "machine_mb_per_s": limits,
                "cases": measured,
            }
        )
        return
    rows = [
        [
            f["work"],
            f["against"],
            f"{f['ratio']:.2f}x",
            f"{f['least']:.2f}-{f['greatest']:.2f}",
            f"{f['goal']:g}x",
            f"{f['ours_per_s']:,.0f}",
            f"{f['theirs_per_s']:,.0f}",
            _share(f["dense_mb_per_s"], limits["copy"]),
        ]
        for f in measured
    ]
    show(table(["work", "against", "ratio", "range", "goal", "people/s", "theirs", "of memcpy"], rows))
    show(f"\nloops by {loops}; this machine, MB/s: " + ", ".join(f"{k} {v:,.0f}" for k, v in limits.items()))


def _share(rate: float, ceiling: float) -> str:
    """Return dense bytes per second as a share of what copying them would take."""
    return f"{rate / ceiling:.0%}" if rate else "-"

"""The pictures of the README, made from the sample data by the commands they show.

maps.png      one person: the network's input, its maps at 28x28, 14x14 and 7x7 with the joints decoded from
them, and what the argmax of the smallest one would give
budget.png    kp2heat budget
report.png    the first screen of kp2heat report, where Chromium is installed

python sample_data/make_pictures.py
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

import kp2heat
from kp2heat.cli import main as kp2heat_command
from kp2heat.pictures.colours import heat_table
from kp2heat.pictures.panel import panel_of
from kp2heat.pictures.preview import sample_panels
from kp2heat.pictures.sheet import Card, paint_sheet
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.seeing.images import Pictures
from kp2heat.pipeline.seeing.preview import PreviewOptions, choose_rows, sample_views
from kp2heat.pipeline.seeing.source import from_plan

FOLDER = Path(__file__).resolve().parent
PERSON = "21"
SIDE = 340
WINDOW = (1240, 1010)
HEAT_COLOURS = 85


def png(picture: np.ndarray) -> bytes:
    """The picture (h, w, 3) as a PNG of 256 colours: a third of them those of heat, and those that suit it best."""
    image, heat = Image.fromarray(picture), heat_table()[:: 256 // HEAT_COLOURS]
    best = image.quantize(256 - len(heat), kmeans=5).getpalette()
    palette = Image.new("P", (1, 1))
    palette.putpalette(best + heat.ravel().tolist())
    out = BytesIO()
    image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(out, "png", optimize=True)
    return out.getvalue()


def maps() -> np.ndarray:
    """One person's input and maps, decoded by the exact method, and the smallest map decoded by argmax."""
    rows = kp2heat.read(FOLDER / "annotations.json")
    source = from_plan(
        plan(rows, kp2heat.Spec(input_size="224x224", sizes=("28x28", "14x14", "7x7"), fit="crop"))
    )
    person = choose_rows(source, 1, [PERSON])
    images = Pictures(FOLDER / "images")
    (exact,) = sample_views(source, person, PreviewOptions(method="auto"), images)
    (coarse,) = sample_views(source, person, PreviewOptions(levels=["7x7"], method="argmax"), images)
    view = replace(exact, levels=[*exact.levels, *coarse.levels])
    panels = sample_panels(view, source.skeleton, panel_of(source.input_size, SIDE))
    keys = ["ring: truth   cross: decoded"]
    sheet = paint_sheet(
        [Card("", panels, len(panels))], source.skeleton, "value of the heatmap", keys, named=False
    )
    return np.asarray(sheet)


def run(*words: object) -> None:
    """``kp2heat WORDS``."""
    try:
        kp2heat_command([str(word) for word in words])
    except SystemExit as stopped:
        if stopped.code:
            raise


def budget(folder: Path) -> np.ndarray:
    """The chart of an error budget."""
    out = folder / "budget.png"
    run(
        "budget",
        FOLDER / "annotations.json",
        "--input-size",
        "192x256",
        "--stride",
        "4,8,16,32",
        "--method",
        "auto,dark,argmax",
        "--dtype",
        "f16,u8",
        "--noise",
        0.02,
        "-o",
        out,
    )
    with Image.open(out) as chart:
        return np.asarray(chart.convert("RGB"))


def report(folder: Path) -> np.ndarray | None:
    """The first screen of a report on noisy predictions; None without Chromium."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        return None
    labels, page = folder / "labels", folder / "report.html"
    run("encode", FOLDER / "annotations.json", labels, "--preset", "coco-256x192", "-q")
    truth = np.stack([sample["48x64"]["heatmaps"] for sample in kp2heat.open(labels)]).astype(np.float32)
    random = np.random.default_rng(0)
    strength = random.uniform(0.3, 1, (*truth.shape[:2], 1, 1))
    np.save(
        folder / "predictions.npy",
        (truth * strength + random.normal(0, 0.03, truth.shape)).astype(np.float32),
    )
    run(
        "report",
        labels,
        "--predictions",
        folder / "predictions.npy",
        "--method",
        "auto,dark,argmax",
        "--images",
        FOLDER / "images",
        "-o",
        page,
    )
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
    words += [f"--user-data-dir={folder / 'profile'}", f"--window-size={WINDOW[0]},{WINDOW[1]}"]
    subprocess.run(
        [*words, f"--screenshot={folder / 'report.png'}", page.as_uri()], check=True, capture_output=True
    )
    with Image.open(folder / "report.png") as screen:
        return np.asarray(screen.convert("RGB"))


def main() -> None:
    """Write the pictures next to this script."""
    out = FOLDER / "pictures"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        made = {"maps.png": maps(), "budget.png": budget(folder), "report.png": report(folder)}
    for name, picture in made.items():
        if picture is None:
            sys.stderr.write(f"{name} is left as it is: there is no Chromium\n")
        else:
            (out / name).write_bytes(png(picture))


if __name__ == "__main__":
    main()

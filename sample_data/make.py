"""The sample data set: drawn figures whose joints are known exactly, and the script that draws them.

Photographs carry a licence, weigh megabytes, and their joints are only as right as the person who
clicked them. The figures here are ours, small, and their truth is computed, not clicked:

    images/000001.jpg ...   small images, landscape, portrait and square; one of them has nobody in it
    annotations.json        COCO keypoints, with what real files hold: v = 0, 1 and 2, joints just outside
                            the frame, a crowd, polygons on the figures that are alone in their image
    annotations_wide.csv    the same truth, one row per person (crowds left out)
    annotations_dlc.csv     the same truth in DeepLabCut's form: the largest person of each image

Each figure is a 3-D puppet posed by forward kinematics and seen by an orthographic camera, drawn as
overlapping rounded parts. Coordinates are pixels, and an integer is the centre of a pixel; boxes are in
the same coordinates, clipped to 0 ... width - 1 and 0 ... height - 1. The drawing is plain NumPy and uses
the annotated sub-pixel positions themselves; OpenCV only writes the JPEG files.

The steps are in figures/: scenes (what is drawn), body (poses in space), shape (the edge of a rounded
corner), parts, figure (a body in pixels), paint, records (of COCO), files (their text).

    python sample_data/make.py            writes the folder anew
    python sample_data/make.py --check    exits with 1 if the annotation files differ from the committed ones
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from figures.figure import random_crowd, random_people
from figures.files import coco_text, dlc_text, wide_text
from figures.paint import paint_backdrop, paint_figure
from figures.records import annotate_crowd, annotate_person, label
from figures.scenes import CROWDED, SCENES, Scene
from figures.shape import Array
from numpy.typing import NDArray

SEED = 17


def make_image(image_id: int, scene: Scene) -> tuple[NDArray[np.uint8], list[Any]]:
    """An image (red, green, blue) and its annotations: people by falling area, then the crowd."""
    rng = np.random.Generator(np.random.PCG64([SEED, image_id]))
    people = random_people(rng, scene)
    labels = [label(people, index, scene, rng) for index in range(len(people))]
    crowd = random_crowd(rng, scene) if image_id == CROWDED else []

    y, x = np.mgrid[: scene.height, : scene.width].astype(float)
    canvas = np.zeros((scene.height, scene.width, 3))
    paint_backdrop(canvas, x, y, rng)
    visible: list[Array] = []
    for figure in crowd + people:
        covered = paint_figure(canvas, figure, x, y)
        visible = [*(seen * (1 - covered) for seen in visible), covered]
    canvas += rng.normal(0, 1.5, (scene.height, scene.width, 1))

    records = [
        annotate_person(people, index, scene, labels[index], visible[len(crowd) + index])
        for index in range(len(people))
    ]
    records.sort(key=lambda record: -record["area"])
    if crowd:
        records.append(annotate_crowd(crowd, scene, np.sum(visible[: len(crowd)], axis=0)))
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8), records


def write(folder: Path) -> list[str]:
    """Write the data set into the folder; the answer is the names of the annotation files."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    images: list[Any] = []
    annotations: list[Any] = []
    for image_id, scene in enumerate(SCENES, start=1):
        name = f"{image_id:06d}.jpg"
        pixels, records = make_image(image_id, scene)
        cv2.imwrite(str(folder / "images" / name), pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        images.append(
            {"id": image_id, "file_name": name, "width": scene.width, "height": scene.height, "license": 1}
        )
        for record in records:
            annotations.append({"id": len(annotations) + 1, "image_id": image_id, **record})
    people = [record for record in annotations if not record["iscrowd"]]
    texts = {
        "annotations.json": coco_text(images, annotations),
        "annotations_wide.csv": wide_text(images, people),
        "annotations_dlc.csv": dlc_text(images, people),
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return list(texts)


def differing(folder: Path) -> list[str]:
    """The annotation files in the folder that are not what this script writes."""
    with tempfile.TemporaryDirectory() as temporary:
        fresh = Path(temporary)
        return [name for name in write(fresh) if (fresh / name).read_bytes() != (folder / name).read_bytes()]


def main() -> None:
    """Write the folder this script lies in, or check it."""
    parser = argparse.ArgumentParser(description="Make the sample data.")
    parser.add_argument("--check", action="store_true", help="only compare the annotation files")
    folder = Path(__file__).resolve().parent
    if not parser.parse_args().check:
        write(folder)
    elif names := differing(folder):
        sys.exit(f"differs from what make.py writes: {', '.join(names)}")


if __name__ == "__main__":
    main()

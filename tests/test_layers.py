"""Imports point down: every import statement of the package is parsed and held against the layers."""

from __future__ import annotations

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "kp2heat"

LAYERS = (
    {"errors", "arrays", "machine"},
    {"files", "libraries"},
    {
        "skeleton",
        "annotations",
        "frame",
        "peaks",
        "scene",
        "contracts",
    },
    {"compiled"},
    {"gaussian", "normalize", "resample", "sparse"},
    {"codecs", "decoders", "metrics", "formats", "engines"},
    {"spec"},
    {"drawing"},
    {"shards"},
    {"pictures"},
    {"pipeline"},
    {"bench", "torch"},
    {"cli"},
)
RANK = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def imports() -> list[tuple[str, str, str]]:
    """(file, room, imported room) of every import inside the package, lazy ones included."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] in ("__init__", "__main__"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: imports are absolute here"
                names = [node.module or ""]
                if node.module == "kp2heat":
                    names = [f"kp2heat.{alias.name}" for alias in node.names]
            rooms = [n.split(".")[1] for n in names if n.startswith("kp2heat.")]
            found += [(str(path.relative_to(PACKAGE)), parts[0], room) for room in rooms]
    return found


def test_imports_point_down() -> None:
    upward = [
        f"{file} imports {target}"
        for file, room, target in imports()
        if target not in (room, "__version__")
        and not {room, target} <= LAYERS[2]
        and RANK[target] >= RANK[room]
    ]
    assert not upward, "imports of a room above or beside the importing file"


def test_every_room_has_a_layer() -> None:
    rooms = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p.is_dir() and any(p.glob("*.py")))}
    assert rooms - {"__init__", "__main__", "__pycache__"} <= set(RANK)

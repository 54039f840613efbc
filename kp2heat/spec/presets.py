"""Read settings from TOML files: the presets that come with kp2heat, by name, and a user's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from kp2heat.errors import SpecError, following, same_name
from kp2heat.files.input_file import MOST_SETTINGS, check_regular
from kp2heat.spec.language import plain_fields
from kp2heat.spec.record import Spec


def presets_folder() -> Path:
    """Return the folder of the presets: inside an installed package, next to it in a checkout."""
    package = Path(__file__).parents[1]
    return package / "configs" if (package / "configs").is_dir() else package.parent / "configs"


def preset_names() -> list[str]:
    """Return the names of the shipped presets, sorted.

    >>> "people-28-14-7" in preset_names()
    True
    """
    return sorted(path.stem for path in presets_folder().glob("*.toml"))


ALIASES: Mapping[str, str] = {
    "coco-256x192": "kp2heat-192x256",
    "openpose-368": "openpose-maps-368",
    "tf-pose-368": "tf-pose-maps-368",
    "sleap-512": "sleap-maps-512",
    "sleap-offsets": "sleap-offsets-256",
    "sleap-paf": "sleap-paf-256",
    "deeplabcut-512": "deeplabcut-maps-512",
    "deeplabcut-gaussian": "deeplabcut-gaussian-256",
    "deeplabcut-paf": "deeplabcut-paf-256",
    "deeplabcut-plateau": "deeplabcut-plateau-256",
    "hrnet": "coco-hrnet-w32-256x192",
    "udp": "coco-udp-256x192",
    "dark": "coco-dark-384x288",
}
"""Short names, and names of earlier versions -> the preset they mean."""


def preset_name(name: str) -> str:
    """Return the preset that a name means, ignoring case; SpecError with suggestions where there is none."""
    known = same_name(name, preset_names(), ALIASES)
    if known is None:
        sources = {each: load_preset(each).record.source for each in preset_names()}
        raise SpecError("preset", f"'{name}' is not known", following("presets", name, sources, ALIASES))
    return known


def preset_path(name: str) -> Path:
    """Return the file of a shipped preset."""
    return presets_folder() / f"{preset_name(name)}.toml"


def load_preset(name: str) -> Spec:
    """Return a shipped preset; SpecError with suggestions for an unknown name.

    >>> load_preset("coco-hrnet-w32-256x192").input_size
    (192, 256)
    """
    return load_config(preset_path(name))


def load_config(path: Path) -> Spec:
    """Return the settings of a TOML file; SpecError where it cannot be read or holds an unknown setting.

    Its keys are the names of the options. ``preset = "NAME"`` makes a preset the base that the other lines override.
    """
    check_regular(path, MOST_SETTINGS)
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(str(path), "no such file", "check the path given to --config") from None
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise SpecError(str(path), f"cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise SpecError(path.name, f"not valid TOML ({error})", "correct that line") from None
    try:
        base = load_preset(str(given.pop("preset"))) if "preset" in given else Spec()
        return base.overridden(plain_fields(given, path.name), path.name)[0]
    except SpecError as error:  # what the record refuses knows no file
        where = error.where if error.where.startswith(path.name) else f"{path.name}, {error.where}"
        raise SpecError(where, error.found, error.todo) from None

"""Read settings from TOML files: the presets that come with kp2heat, by name, and a user's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

from kp2heat.errors import SpecError, did_you_mean
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


def load_preset(name: str) -> Spec:
    """Return a shipped preset; SpecError with a suggestion for an unknown name.

    >>> load_preset("people-28-14-7").sizes
    ((28, 28), (14, 14), (7, 7))
    """
    if name not in preset_names():
        raise SpecError("preset", f"'{name}' is not known", did_you_mean(name, preset_names()))
    return load_config(presets_folder() / f"{name}.toml")


def load_config(path: Path) -> Spec:
    """Return the settings of a TOML file; SpecError where it cannot be read or holds an unknown setting."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(str(path), "no such file", "check the path given to --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(str(path), f"cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise SpecError(path.name, f"not valid TOML ({error})", "correct that line") from None
    return Spec.from_fields(given, path.name)

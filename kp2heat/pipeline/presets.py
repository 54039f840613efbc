"""Settings as TOML files: those that come with kp2heat, by name, and a user's own."""

from __future__ import annotations

import tomllib
from pathlib import Path

from kp2heat.errors import SpecError, did_you_mean
from kp2heat.spec import Spec


def presets_folder() -> Path:
    """The presets that come with kp2heat: inside an installed package, beside it in a checkout."""
    here = Path(__file__).parents[1]
    return here / "configs" if (here / "configs").is_dir() else here.parent / "configs"


def preset_names() -> list[str]:
    """Names of the shipped presets, sorted."""
    return sorted(path.stem for path in presets_folder().glob("*.toml"))


def load_preset(name: str) -> Spec:
    """A shipped preset; SpecError with a suggestion for an unknown name."""
    if name not in preset_names():
        raise SpecError("preset", f"'{name}' is not known", did_you_mean(name, preset_names()))
    return load_config(presets_folder() / f"{name}.toml")


def load_config(path: Path) -> Spec:
    """A TOML file of settings."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(str(path), "no such file", "check the path given to --config") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(str(path), f"cannot be read ({error})") from None
    except tomllib.TOMLDecodeError as error:
        raise SpecError(path.name, f"not valid TOML ({error})", "correct that line") from None
    return Spec.from_fields(given, path.name)

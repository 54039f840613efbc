"""The settings of an encoding as options of a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.values import listed, stacked

if TYPE_CHECKING:
    from kp2heat.spec import Spec

spec_options = stacked(
    click.option(
        "--preset",
        shell_complete=names_of("preset"),
        help="Settings that come with kp2heat, by name (kp2heat presets lists them).",
    ),
    click.option("--config", type=click.Path(path_type=Path), help="Your own settings, a TOML file."),
    click.option(
        "--save-config",
        type=click.Path(path_type=Path),
        metavar="FILE.toml",
        help="Also write the settings to a file for --config.",
    ),
    click.option(
        "--sample",
        type=click.Choice(["instance", "image"]),
        help="One sample per person, or per image [default: instance].",
    ),
    click.option(
        "--fit",
        type=click.Choice(["stretch", "letterbox", "crop"]),
        help="Image to input; crop: to each person's box [default: crop with boxes].",
    ),
    click.option(
        "--input-size", metavar="WxH", help="Size of the network's input in px [default: the image's size]."
    ),
    click.option("--padding", type=float, help="Factor on the box with --fit crop [default: 1.25]."),
    listed("--stride", metavar="S,S,..", help="Map sizes as input / stride: 8,16,32."),
    listed("--size", metavar="WxH,..", help="Map sizes in cells: 28x28,14x14,7x7."),
    listed(
        "--sigma",
        metavar="S,..",
        help="Gaussian sigma in cells (2) or input px (8px); one, or one per map size.",
    ),
    click.option(
        "--codec",
        shell_complete=names_of("codec"),
        help="The convention to follow; kp2heat codecs lists them [default: gaussian].",
    ),
    click.option(
        "--param",
        "params",
        multiple=True,
        metavar="NAME=VALUE",
        help="A parameter of the codec; kp2heat codecs NAME lists them.",
    ),
    click.option(
        "--groups",
        metavar="NAME=J,J;..",
        help='Joints that share a map, by name or number from 1: "eyes=8,12;mouth=15,17,18".',
    ),
    click.option(
        "--literal",
        is_flag=True,
        default=None,
        help="Follow the published code to the last bit, its bugs included.",
    ),
    click.option(
        "--align",
        shell_complete=names_of("align"),
        help="Grid: half-pixel, stride, cell-center, align-corners [default: the codec's].",
    ),
    click.option("--hidden", help="Joints with v = 1: gaussian, zero or weight=w [default: gaussian]."),
    click.option(
        "--outside",
        type=click.Choice(["drop", "partial", "clip", "error"]),
        metavar="POLICY",
        help="Joints outside: drop [default], partial (what reaches in), clip (to edge), error.",
    ),
    click.option(
        "--normalize",
        metavar="NAME[,K=V..]",
        help="none, sum, sigmoid[,gain=g,bias=b], softmax[,beta=b], clamp[,eps=e].",
    ),
    click.option(
        "--dtype", type=click.Choice(["f16", "f32", "u8"]), help="Stored number type [default: f16]."
    ),
)
"""The options of an encoding; ``spec_from`` turns them into a Spec."""

SETTINGS = (
    *("sample", "fit", "input_size", "padding", "stride", "size", "sigma", "codec"),
    *("literal", "align", "hidden", "outside", "normalize", "dtype", "compress", "store"),
    *("with_images", "images_as", "augment", "augment_preset", "augment_seed", "groups"),
)
"""Options that a settings file holds under the same name."""


def spec_from(given: dict[str, Any]) -> tuple[Spec, tuple[str, ...]]:
    """Return the preset's or config's spec with every given option replaced, and a sentence for each reset.

    It is written to the file of ``--save-config``, where that is given.
    """
    from kp2heat.errors import SpecError
    from kp2heat.spec import Spec
    from kp2heat.spec.language import plain_fields
    from kp2heat.spec.presets import load_config, load_preset

    if given["preset"] and given["config"]:
        raise SpecError("--preset, --config", "both are given", "choose one")
    base = Spec()
    if given["preset"]:
        base = load_preset(given["preset"])
    elif given["config"]:
        base = load_config(given["config"])
    spec, resets = base.overridden(plain_fields(_written(given), "command line"), "command line")
    if given["save_config"] is not None:
        _save_config(spec, given["save_config"])
    return spec, resets


def _written(given: dict[str, Any]) -> dict[str, Any]:
    """Return the given options as a settings file would hold them."""
    from kp2heat.spec.language import parse_pairs

    written = {name: given[name] for name in SETTINGS if given.get(name) is not None}
    params = parse_pairs(given["params"], "--param")
    return {**written, "param": params} if params else written


def _save_config(spec: Spec, path: Path) -> None:
    """Write the settings as a TOML file that ``--config`` reads; OutputError where it exists or cannot be written."""
    import tomli_w

    from kp2heat.errors import OutputError
    from kp2heat.spec.language import written_settings

    try:
        with path.open("xb") as file:
            tomli_w.dump(written_settings(spec.to_fields()), file)
    except FileExistsError:
        raise OutputError(str(path), "already exists", "choose another name or remove it") from None
    except OSError as error:
        raise OutputError(
            str(path), f"cannot be written ({error.strerror})", "choose another folder"
        ) from None

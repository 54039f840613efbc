"""Everything that decides the output, as one frozen record with a fingerprint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from kp2heat.codecs import CODECS
from kp2heat.contracts import Codec, Level
from kp2heat.errors import SpecError, check_type, did_you_mean, plural
from kp2heat.frame import Size, alignment, parse_size, show_size
from kp2heat.normalize import normalization
from kp2heat.scene import hidden_policy
from kp2heat.spec.fields import CHOICES, FIELDS, check_known, check_like
from kp2heat.spec.overrides import replaced
from kp2heat.spec.sigma import Sigma, default_sigma
from kp2heat.spec.strides import strided

OF_MAPS, OF_MORE = "1.1", "1.2"
"""Versions of the shard format: of shards of maps, and of those that hold the truth alone, or pictures too."""
CODEC_REVISION = 1
"""Raised when the bits that a codec draws change: an interrupted run of an older one is not resumed."""


NEEDS_SPEC = 'give kp2heat.Spec(...), or a preset: kp2heat.Spec.from_preset("coco-udp-256x192", sigma=3)'
"""What to do where something else is given as the settings."""


@dataclass(frozen=True)
class Spec:
    """The settings of one encoding. None and () mean: chosen by the codec, or from the data, when planned.

    Every field is also accepted in its TOML form: a size as "48x64", a sigma as "8px".

    sample            "instance": one sample per person; "image": one per image
    input_size        (w, h) of the network's input in px
    fit               how the image becomes the input: "stretch", "letterbox" or "crop" (to the person's box)
    padding           factor on the box with fit "crop"
    box               the published loader whose box step and affine a literal crop follows: "hrnet", "mmpose" or
                      "darkpose"; it has no effect unless the codec is literal
    sizes, strides    map sizes (W, H) in cells, or as input / stride
    sigma             of the Gaussians: one, or one per level
    codec, params     the convention to follow, and its parameters
    align             how input pixels map to heatmap cells
    hidden, outside   what becomes of joints with v = 1, and of joints outside the input
    normalize         and normalize_params: how the maps are normalised
    dtype             stored number type: "f16", "f32" or "u8"
    compress          "fast" to write, "small" on disk, or "single": samples that are read one by one; the maps are the same
    with_images       "png", "jpeg", "webp" or "raw": pictures are stored with the labels; ``images_as`` "crop": each
                      sample's input, or "whole": the images
    augment           number of augmented copies stored in place of each sample, by the recipe ``augment_preset``,
                      whose choices follow from ``augment_seed`` and the sample's id
    store             "maps"; or "truth": shards of joints and frames alone, whose maps are drawn when they are read

    >>> spec = Spec(input_size="192x256", strides=4, sigma=2)
    >>> [(level.size, level.sigma) for level in spec.levels(spec.input_size)]
    [((48, 64), 2.0)]
    """

    description: str = ""
    sample: str = "instance"
    input_size: Size | None = None
    fit: str | None = None
    padding: float = 1.25
    box: str | None = None
    sizes: tuple[Size, ...] = ()
    strides: tuple[float, ...] = ()
    sigma: tuple[Sigma, ...] = ()
    codec: str = "gaussian"
    params: Mapping[str, Any] = field(default_factory=dict)
    align: str | None = None
    hidden: str = "gaussian"
    outside: str = "drop"
    normalize: str = "none"
    normalize_params: Mapping[str, float] = field(default_factory=dict)
    dtype: str = "f16"
    compress: str = "fast"
    store: str = "maps"
    with_images: str | None = None
    images_as: str = "crop"
    augment: int = 0
    augment_preset: str = "cpm-mpii"
    augment_seed: int = 0

    def __post_init__(self) -> None:
        for name, form in FIELDS.items():
            object.__setattr__(self, name, form.parse(name, getattr(self, name), "spec"))
        for name, known in CHOICES.items():
            if getattr(self, name) is not None:
                check_known(name, getattr(self, name), known)
        if (self.with_images, self.images_as) == ("raw", "whole"):
            raise SpecError("with_images", "raw pictures are all of one size", "use --images-as crop, or png")
        if self.fit == "crop" and self.sample == "image":
            raise SpecError("fit", "crop needs a box, and a whole image has none", "use --sample instance")
        if not 1e-3 <= self.padding < 100:
            raise SpecError("padding", f"{self.padding:g} is not usable", "give a factor such as 1.25")
        for key, value in self.params.items():
            check_known(f"{self.codec} parameter", key, self.record.params)
            check_like(f"{self.codec} parameter", key, value, self.record.params[key])
        hidden_policy(self.hidden)
        normalization(self.normalize, self.normalize_params)
        if self.normalize != "none" and "heatmaps" not in self.record.planes:
            raise SpecError("normalize", f"codec {self.codec} has no heatmaps", "leave normalize out")

    @property
    def record(self) -> Codec:
        """The record of the codec."""
        return CODECS[self.codec]

    @property
    def settled(self) -> Mapping[str, Any]:
        """The parameters of the codec, with its defaults where nothing else is asked for."""
        return {**self.record.params, **self.params}

    @property
    def format_version(self) -> str:
        """The version of the shard format that these settings are stored in."""
        return OF_MAPS if self.store == "maps" and self.with_images is None else OF_MORE

    @property
    def literal(self) -> bool:
        """Whether the codec follows the published code to the last bit."""
        return bool(self.params.get("literal", False))

    @property
    def alignment_name(self) -> str:
        """The name of the alignment: the one given, or the codec's."""
        published = "darkpose" if self.box_step == "darkpose" else self.record.literal_align
        return self.align or (published if self.literal else self.record.align)

    @property
    def box_step(self) -> str | None:
        """The name of the published loader whose box step is followed; None without ``literal``."""
        return self.box if self.literal else None

    def levels(self, input_size: Size) -> tuple[Level, ...]:
        """Return the output grids of an input of this size: strides first, then sizes, in the order given."""
        input_size = parse_size(input_size, "input_size")
        sizes = [strided(input_size, stride) for stride in self.strides] + list(self.sizes)
        if not sizes:
            raise SpecError(
                "size", "no map size is set", "give --size 28x28,14x14,7x7, --stride 8,16,32 or --preset"
            )
        if len(set(sizes)) != len(sizes):
            raise SpecError("size", f"{', '.join(map(show_size, sizes))} names a size twice", "leave one out")
        if len(self.sigma) not in (0, 1, len(sizes)):
            raise SpecError(
                "sigma",
                f"{len(self.sigma)} values for {plural(len(sizes), 'map size')}",
                "give one, or one per map size",
            )
        sigmas = self.sigma * len(sizes) if len(self.sigma) == 1 else self.sigma
        levels, rule = [], self.record.sigma
        for i, size in enumerate(sizes):
            grid = alignment(self.alignment_name, input_size, size)
            if sigmas:
                sigma = sigmas[i].cells(grid.stride)
            else:
                sigma = rule(size, grid.stride) if rule else default_sigma(size)
            levels.append(Level(size, sigma, grid))
        return tuple(levels)

    def to_fields(self) -> dict[str, Any]:
        """Return plain values as TOML and JSON hold them, sizes as ``WxH``; unset and empty fields are left out.

        >>> Spec(sizes=((28, 28),), sigma=2).to_fields()["sizes"]
        ['28x28']
        """
        values = {name: getattr(self, name) for name in FIELDS}
        return {
            name: FIELDS[name].show(value)
            for name, value in values.items()
            if value not in (None, (), {}, "", FIELDS[name].left_out)
        }

    @classmethod
    def from_fields(cls, given: Mapping[str, Any], where: str) -> Spec:
        """Return the spec of these plain values; SpecError names ``where``, with a suggestion for an unknown key."""
        given = _groups_as_parameter(given)
        for key in given:
            if key not in FIELDS:
                raise SpecError(where, f"unknown setting '{key}'", did_you_mean(key, FIELDS))
        return cls(**{key: FIELDS[key].parse(key, value, where) for key, value in given.items()})

    @classmethod
    def from_preset(cls, name: str, **changes: Any) -> Spec:
        """Return a shipped preset, with fields replaced as in :meth:`overridden`.

        >>> Spec.from_preset("coco-udp-256x192", sigma=3).sigma
        (Sigma(value=3.0, unit='cell'),)
        """
        from kp2heat.spec.presets import load_preset

        check_type("preset", name, str, 'give a name such as "coco-udp-256x192"; kp2heat presets lists them')
        spec, _ = load_preset(name).overridden(changes)
        return spec

    def overridden(self, given: Mapping[str, Any], where: str = "override") -> tuple[Spec, tuple[str, ...]]:
        """Return a copy with these fields replaced, and a sentence for each setting this reset.

        What belongs to a replaced setting goes with it, unless given too: sigma with the map sizes, the parameters
        with the codec or the normalisation. ``given`` holds plain values, as :meth:`from_fields` takes them.

        >>> spec, resets = Spec(sizes=((72, 96),), sigma=3).overridden({"sizes": ["48x64"]})
        >>> spec.sigma, resets
        ((), ('sigma 3 is reset to the default of the new map sizes',))
        """
        new, resets = replaced(self, _groups_as_parameter(given))
        spec = Spec.from_fields({**self.to_fields(), **new}, where)
        changed = [key for key in FIELDS if key != "compress" and getattr(spec, key) != getattr(self, key)]
        if not self.description or spec.description != self.description or not changed:
            return spec, resets
        return replace(spec, description=f"{self.description}; changed: {', '.join(changed)}"), resets

    def settings(self) -> dict[str, Any]:
        """Return the fields that decide the output files: all but the description."""
        return {key: value for key, value in self.to_fields().items() if key != "description"}

    def fingerprint(self, *more: str) -> str:
        """Return the hex sha256 of what decides the maps, and of ``more``.

        That is the settings but for how chunks are compressed, the codec revision, and the format version.
        """
        settings = {key: value for key, value in self.settings().items() if key != "compress"}
        text = json.dumps([settings, CODEC_REVISION, self.format_version, *more], sort_keys=True)
        return sha256(text.encode()).hexdigest()


def _groups_as_parameter(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings with the key ``groups``, which TOML files may have, among the codec's parameters."""
    if "groups" not in given:
        return given
    rest = {key: value for key, value in given.items() if key != "groups"}
    return {**rest, "params": {**rest.get("params", {}), "groups": given["groups"]}}

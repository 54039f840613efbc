"""Encode and decode arrays: keypoints to label planes, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kp2heat.annotations import to_floats
from kp2heat.codecs import CODECS
from kp2heat.codecs.names import codec_name
from kp2heat.decoders import DECODERS
from kp2heat.decoders.confidence import confidence
from kp2heat.drawing.planes import draw, scale_factor
from kp2heat.errors import InputError, SpecError
from kp2heat.frame import Size, parse_size
from kp2heat.peaks import Peaks
from kp2heat.pipeline.decoding.array_groups import group_maps
from kp2heat.pipeline.decoding.array_planes import raw_planes
from kp2heat.pipeline.decoding.map_sharing import EXACT, FOUND
from kp2heat.pipeline.decoding.undo_normalisation import choose, in_input_px, peaks_in_cells
from kp2heat.pipeline.like import MapSettings, map_size, settings_like, to_array
from kp2heat.scene import make_scene
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.groups import Groups
from kp2heat.spec import Sigma, Spec, parse_sigma


def encode(
    xy: ArrayLike,
    visible: ArrayLike | None = None,
    *,
    codec: str = "gaussian",
    input_size: Size,
    size: Size,
    sigma: float | str | Sigma | None = None,
    bbox: ArrayLike | None = None,
    skeleton: Skeleton | None = None,
    align: str | None = None,
    hidden: str = "gaussian",
    outside: str = "drop",
    normalize: str | bool = "none",
    normalize_params: Mapping[str, float] | None = None,
    dtype: str = "f32",
    **params: Any,
) -> dict[str, NDArray[Any]]:
    """Return the label planes of N instances.

    xy (N, K, 2) input px, pixel centres at integers, NaN where unlabelled; visible (N, K), COCO's 0/1/2
    (default: 2 where xy is finite); input_size (w, h) px; size (W, H) cells; sigma in cells, or "8px" (default: by the
    size); bbox (N, 4) x, y, w, h in input px, for codecs that take their scale from it. With ``literal=True``
    published encoders copy ``visible`` into the weights; their data loaders give them 0 or 1. ``normalize`` True or
    False is SimCC's parameter of that name.

    Returns ``heatmaps`` (N, C, H, W), ``weights`` (N, K) float32 and the codec's further planes.
    InputError on shapes that do not fit, SpecError on unknown settings.

    >>> planes = encode([[[30.0, 20.0]]], input_size=(64, 64), size=(16, 16))
    >>> planes["heatmaps"].shape, planes["weights"].tolist()
    ((1, 1, 16, 16), [[1.0]])
    """
    points, input_size = to_floats(xy, "xy"), parse_size(input_size, "input_size")
    if points.ndim != 3 or points.shape[2] != 2:
        raise InputError("xy", f"has shape {points.shape}", "give (N, K, 2)")
    seen = (
        np.where(np.isfinite(points).all(axis=2), 2, 0) if visible is None else to_array(visible, "visible")
    )
    if seen.shape != points.shape[:2]:
        raise InputError("visible", f"has shape {seen.shape}", f"give {points.shape[:2]}, as xy has")
    if isinstance(normalize, bool):  # a parameter of SimCC has the same name
        params, normalize = {**params, "normalize": normalize}, "none"
    spec = Spec(
        codec=codec,
        params=params,
        sizes=(size,),
        sigma=() if sigma is None else (parse_sigma(sigma),),
        align=align,
        normalize=normalize,
        normalize_params=normalize_params or {},
        dtype=dtype,
    )
    (level,) = spec.levels(input_size)
    names = skeleton or Skeleton.numbered(points.shape[1])
    if len(names) != points.shape[1]:
        raise InputError("skeleton", f"has {len(names)} joints", f"give {points.shape[1]}, as xy has")
    box = None if bbox is None else to_floats(bbox, "bbox", "(N, 4)")
    if box is not None and box.shape != (len(points), 4):
        raise InputError("bbox", f"has shape {box.shape}", f"give {(len(points), 4)}")
    scene = make_scene(names, input_size, points, seen, bbox=box, hidden=hidden, outside=outside)
    return draw(spec, level, scene.as_published_loaders() if visible is None else scene)


def decode(
    planes: Mapping[str, ArrayLike] | ArrayLike,
    *,
    method: str = "auto",
    codec: str | None = None,
    input_size: Size | None = None,
    like: LevelInfo | Spec | None = None,
    sigma: float | str | Sigma | None = None,
    align: str | None = None,
    normalize: str = "none",
    normalize_params: Mapping[str, float] | None = None,
    literal: bool = False,
    groups: Groups = (),
    skeleton: Skeleton | None = None,
    with_confidence: bool = False,
    **params: Any,
) -> Peaks:
    """Return the keypoints of label planes as :func:`encode` gives them, or of one array (N, K, H, W).

    The settings are those the maps were made with: ``like`` takes them all from a level of shards
    (``shards.levels["28x28"]``) or a Spec; else they are given one by one, ``codec`` is ``gaussian`` unless
    further planes need another, and ``input_size`` must be given. Arrays may be tensors. ``literal`` asks for the
    published decoding where the method has one; ``params`` are the method's own. Returns Peaks with xy (N, K, 2)
    in input px, NaN where a map holds no peak, and score (N, K), 0 there. ``with_confidence`` adds covariance
    (N, K, 2, 2) in input px^2, share and amplitude of a network's maps.

    groups: the joints of each map, as :func:`encode` takes them (``like`` knows them; ``skeleton`` for names). ``auto``
    then returns the places of each map's joints in no order: xy (N, C, P, 2), NaN where a map holds fewer than P. It
    takes labels apart; of a network's maps ``method="shared-peaks"`` finds how many joints they show, and their scores.

    >>> planes = encode([[[30.0, 20.0]]], input_size=(64, 64), size=(16, 16))
    >>> decode(planes, input_size=(64, 64)).xy.round(3).tolist()
    [[[30.0, 20.0]]]
    >>> decode(planes, like=Spec(input_size=(64, 64), sizes=((16, 16),))).xy.round(3).tolist()
    [[[30.0, 20.0]]]
    """
    input_size = None if input_size is None else parse_size(input_size, "input_size")
    bare = not isinstance(planes, Mapping)
    whole = planes if isinstance(planes, Mapping) else {"heatmaps": planes}
    given = {name: to_array(values, name) for name, values in whole.items()}
    if "heatmaps" in given and given["heatmaps"].ndim != 4:
        raise InputError("heatmaps", f"have shape {given['heatmaps'].shape}", "give (N, K, H, W)")
    if like is not None:
        made = settings_like(like, map_size(given), input_size)
    else:
        made = _settings(given, codec, sigma, align, literal, input_size, normalize, normalize_params)
    scale = _scale(given.get("heatmaps"), made)
    used, shared = choose(method, made.codec, predicted=bare), None
    groups = groups or made.params.get("groups") or ()
    if groups and method in ("auto", EXACT, FOUND):
        shared = group_maps(given, made, groups, skeleton, scale)
        used = FOUND if method == FOUND else EXACT
        known = {"merge": shared.settings["merge"], "top": shared.most} if used == FOUND else shared.settings
        params = {**known, **params}
    if literal and (method != "auto" or "literal" in DECODERS[used].params):
        params["literal"] = True
    if "heatmaps" in given:
        given |= raw_planes(given, made, scale, shared)
    peaks = peaks_in_cells(given, made.level, made.codec, used, **params)
    if with_confidence and shared is None and "heatmaps" in given:
        peaks = confidence(given["heatmaps"], peaks, made.level)
    return in_input_px(peaks, made.level)


def _settings(
    planes: Mapping[str, NDArray[Any]],
    codec: str | None,
    sigma: float | str | Sigma | None,
    align: str | None,
    literal: bool,
    input_size: Size | None,
    normalize: str,
    normalize_params: Mapping[str, float] | None,
) -> MapSettings:
    """Return the settings of planes, given one by one; SpecError where one is missing.

    The grid is that of the maps or of a pair of vectors' bins; without either, one cell per input pixel.
    """
    if input_size is None:
        raise SpecError(
            "input_size", "is not given", 'give input_size=(w, h), or like=shards.levels["28x28"]'
        )
    further = [name for name in planes if name not in ("heatmaps", "weights")]
    if codec is None and further:
        raise SpecError(
            "codec", f"is not given, and the planes hold {further[0]}", "name the codec they are of"
        )
    codec = codec_name(codec or "gaussian")
    size = map_size(planes) or input_size
    if "heatmaps" not in planes and "simcc_x" in planes:
        size = planes["simcc_x"].shape[-1], planes["simcc_y"].shape[-1]
    spec = Spec(
        codec=codec,
        params={"literal": True} if literal and "literal" in CODECS[codec].params else {},
        sizes=(size,),
        sigma=() if sigma is None else (parse_sigma(sigma),),
        align=align,
        normalize=normalize,
        normalize_params=normalize_params or {},
    )
    return MapSettings(spec.levels(input_size)[0], codec, normalize, spec.normalize_params)


def _scale(maps: NDArray[Any] | None, made: MapSettings) -> float:
    """Return what a count of uint8 maps is worth; 1 for others."""
    if maps is None or maps.dtype != np.uint8:
        return 1.0
    spec = Spec(
        codec=made.codec, normalize=made.normalize, normalize_params=made.normalize_params, dtype="u8"
    )
    return scale_factor(spec, made.level)

"""Keypoints to label planes: the table of codecs, by name."""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.codecs import (
    deeplabcut,
    landmarker,
    megvii,
    onehot,
    posec3d,
    probmap,
    simcc,
    sleap,
    udp_combined,
)
from kp2heat.codecs.bottom_up import centernet, cid, dekr, movenet, openpifpaf, paf, spr, tags
from kp2heat.codecs.gaussian.codec import codec
from kp2heat.codecs.gaussian.table import ROWS
from kp2heat.contracts import Codec

CODECS: Mapping[str, Codec] = {row.name: codec(row) for row in ROWS} | {
    **{row.name: paf.field_codec(row) for row in paf.FIELDS},
    "associative-embedding-tags": tags.CODEC,
    "centernet": centernet.CODEC,
    "centernet-dense": centernet.DENSE,
    "cid-instances": cid.CODEC,
    "dekr": dekr.CODEC,
    "movenet": movenet.CODEC,
    "dlc-gaussian": deeplabcut.GAUSSIAN,
    "dlc-plateau": deeplabcut.PLATEAU,
    "landmarker-gaussian": landmarker.GAUSSIAN,
    "landmarker-laplace": landmarker.LAPLACE,
    "megvii": megvii.CODEC,
    "onehot": onehot.CODEC,
    "openpifpaf": openpifpaf.CODEC,
    "posec3d-limbs": posec3d.CODEC,
    "probmap": probmap.CODEC,
    "sleap-offsets": sleap.CODEC,
    "spr-displacements": spr.CODEC,
    "udp-combined": udp_combined.CODEC,
    "simcc-gaussian": simcc.GAUSSIAN,
    "simcc-standard": simcc.STANDARD,
}

"""The table of Gaussian conventions: every label that is a blob in a map is one row of switches.

Coordinates are cells. A row says where the centre of a blob goes, how far the blob reaches, how blobs in one
map are merged, and what is added to the map; the alignment says where cells lie in the input. ``literal``
names the switches that differ in the published code, faults included; without them a row is the same
convention with those faults corrected. ``convention.py`` explains every switch.
"""

from __future__ import annotations

from collections.abc import Mapping

from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.table.bottom_up import BOTTOM_UP
from kp2heat.codecs.gaussian.table.cpm import CPM
from kp2heat.codecs.gaussian.table.regressed import REGRESSED
from kp2heat.codecs.gaussian.table.top_down import OWN, TOP_DOWN
from kp2heat.codecs.gaussian.table.whole_image import WHOLE_IMAGE

ROWS: tuple[Convention, ...] = OWN + TOP_DOWN + WHOLE_IMAGE + CPM + BOTTOM_UP + REGRESSED
CONVENTIONS: Mapping[str, Convention] = {row.name: row for row in ROWS}

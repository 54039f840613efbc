"""What every command prints with ``--json``, as types, from which the JSON Schemas are generated.

``REPORTS`` is the table; ``kp2heat COMMAND --json-schema`` prints the schema of one. A test validates what the
commands print against it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from kp2heat.pipeline.evaluation.json_report import EvaluationJson
from kp2heat.pipeline.json_reports.annotations import FindingsJson, InspectedAnnotationsJson, StatisticsJson
from kp2heat.pipeline.json_reports.catalogue import CodecJson, DecoderJson, SettingsJson
from kp2heat.pipeline.json_reports.decoding import DecodedJson, ResultJson
from kp2heat.pipeline.json_reports.encoding import EncodedJson, InspectedShardsJson, MergedJson, PlannedJson
from kp2heat.pipeline.json_reports.measuring import (
    BenchJson,
    BudgetJson,
    SigmasJson,
    TransformJson,
    VerifiedJson,
)

REPORTS: Mapping[str, tuple[Any, ...]] = {
    "encode": (EncodedJson, PlannedJson),
    "decode": (DecodedJson, list[ResultJson]),
    "evaluate": (EvaluationJson,),
    "validate": (FindingsJson,),
    "budget": (BudgetJson,),
    "stats": (StatisticsJson,),
    "inspect": (InspectedShardsJson, InspectedAnnotationsJson),
    "verify": (VerifiedJson,),
    "merge": (MergedJson, DecodedJson),
    "sigmas": (SigmasJson,),
    "check-transform": (TransformJson,),
    "presets": (SettingsJson, dict[str, str]),
    "codecs": (CodecJson, dict[str, str]),
    "decoders": (DecoderJson, dict[str, str]),
    "bench": (BenchJson,),
}
"""Command -> the forms of its report: the usual one first, then those of other words on the command line."""

SEVERAL = ("inspect", "verify")
"""Commands that take several paths, and then print a list of their reports."""


def json_schema(command: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of what a command prints with ``--json``.

    >>> json_schema("sigmas")["$defs"]["SigmasJson"]["properties"]["instances"]
    {'type': 'integer'}
    """
    schemas, components = msgspec.json.schema_components(REPORTS[command], ref_template="#/$defs/{name}")
    form = schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}
    if command in SEVERAL:
        form = {"anyOf": [form, {"type": "array", "items": form}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **form, "$defs": components}

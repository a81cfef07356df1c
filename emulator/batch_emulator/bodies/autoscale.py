"""The bodies of automatic scaling. REST pages: "Pool - Enable Auto Scale", "Pool - Evaluate Auto Scale".

Whether a formula can be parsed is not looked at here.
"""

from __future__ import annotations

from typing import Any

from batch_emulator.bodies.shapes import Duration, Prop, Shape, String, at
from batch_emulator.protocol.context import Context
from batch_emulator.protocol.durations import DAY, MINUTE
from batch_emulator.protocol.errors import ServiceError

FORMULA_CHARACTERS = 8192
FORMULA = String(1)
EVALUATION = Duration(5 * MINUTE, 7 * DAY)


def check_length(sent: dict[str, Any], path: str, context: Context) -> None:
    """The rule of a body with a formula: too long a one has a code of its own."""
    if len(sent.get("autoScaleFormula", "")) > FORMULA_CHARACTERS:
        code = context.switches.text("autoscale-formula-too-long-code")
        raise ServiceError(code, [("PropertyName", at(path, "autoScaleFormula"))])


EnableAutoScale = Shape(
    (Prop("autoScaleFormula", FORMULA), Prop("autoScaleEvaluationInterval", EVALUATION)), (check_length,)
)
EvaluateAutoScale = Shape((Prop("autoScaleFormula", FORMULA, required=True),), (check_length,))

"""OpenVINO without its model converter, which ``import openvino`` would try to import as well.

Nobody here needs it, it takes a third of the import's time, writes an id below $HOME and sends usage data. A None in
its place makes it "not installed", which openvino allows. Whoever needs OpenVINO takes it from here.
"""

import sys

sys.modules["openvino.tools.ovc"] = None  # type: ignore[assignment]

import openvino as ov
from openvino import opset13 as ops
from openvino.preprocess import PrePostProcessor

__all__ = ["PrePostProcessor", "ops", "ov"]

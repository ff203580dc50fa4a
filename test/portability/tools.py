"""Gives artifacts to tools of ONNX and ONNX Runtime, and runs what the tools return.

Usage: tools.py TOOL MANIFEST. The manifest is that of check.py. Prints one line for each case; exits 1 on a failure.
docs/deploy.md has the tools that do not work, and why.
"""

import json
import sys

import numpy
import onnx
import onnx.inliner
import onnx.version_converter
import onnxruntime
from onnxruntime.transformers.float16 import convert_float_to_float16

NEWEST = 24
TOOLS = {
    "infer_shapes": (lambda m: onnx.shape_inference.infer_shapes(m, check_type=True, strict_mode=True, data_prop=True), 1e-5),
    "inline": (onnx.inliner.inline_local_functions, 1e-5),
    "convert_version": (lambda m: onnx.version_converter.convert_version(m, NEWEST), 1e-4),
    "float16": (lambda m: convert_float_to_float16(m, keep_io_types=True), 3e-2),
}
DTYPES = {"float32": numpy.float32, "int64": numpy.int64, "bool": numpy.bool_}


def tensor(entry):
    return numpy.fromfile(entry["file"], DTYPES[entry["dtype"]]).reshape(entry["shape"])


def problem(case, tool, tolerance):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        model = tool(onnx.load(case["model"])).SerializeToString()
        session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        got = session.run(None, {k: tensor(v) for k, v in case["inputs"].items()})
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    for output, value in zip(session.get_outputs(), got):
        want = tensor(case["outputs"][output.name])
        if value.shape != want.shape or not numpy.allclose(value, want, rtol=tolerance, atol=tolerance):
            return f"{output.name} differs"
    return "ok"


def main():
    tool, manifest = sys.argv[1:]
    with open(manifest, encoding="utf-8") as file:
        found = [(case["name"], problem(case, *TOOLS[tool])) for case in json.load(file)]
    for name, text in found:
        print(f"{name}: {text}")
    sys.exit(any(text != "ok" for _, text in found))


main()

"""Holds artifacts against ONNX's own checker, where onnx is installed, and Python's onnxruntime.

Usage: check.py MANIFEST. The manifest lists models with the inputs that onnxruntime-node was given and
the outputs that it gave, as raw little-endian files. A rough case gives finite numbers of the same shapes, no
more: an activation on the edge between two steps may fall to either side. Prints one line for each; exits 1 on a failure.
"""

import json
import sys

import numpy
import onnxruntime

try:
    import onnx
except ImportError:
    onnx = None

DTYPES = {"float32": numpy.float32, "int64": numpy.int64, "bool": numpy.bool_}


def tensor(entry):
    return numpy.fromfile(entry["file"], DTYPES[entry["dtype"]]).reshape(entry["shape"])


def problems(case):
    try:
        if onnx:
            onnx.checker.check_model(case["model"], full_check=True)
    except Exception as error:
        return f"checker: {error}"
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(case["model"], options, ["CPUExecutionProvider"])
        names = [output.name for output in session.get_outputs()]
        got = dict(zip(names, session.run(None, {k: tensor(v) for k, v in case["inputs"].items()})))
    except Exception as error:
        return f"onnxruntime: {error}"
    for name, entry in case["outputs"].items():
        want = tensor(entry)
        if got[name].shape != want.shape:
            return f"{name} has shape {got[name].shape}, not {want.shape}"
        if case.get("rough"):
            # The score of a text that is not there is -inf.
            if not (numpy.isfinite(got[name]) | (got[name] == want)).all():
                return f"{name} is not finite"
        elif want.dtype == numpy.float32:
            if not numpy.allclose(got[name], want, rtol=1e-4, atol=1e-4):
                return f"{name} differs by {numpy.abs(got[name] - want).max()}"
        elif not numpy.array_equal(got[name], want):
            return f"{name} differs"
    return None


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    failed = 0
    for case in cases:
        problem = problems(case)
        failed += problem is not None
        print(f"{case['name']}: {problem or 'ok'}", flush=True)
    sys.exit(1 if failed else 0)


main()

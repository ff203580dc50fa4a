"""ONNX's test models of single operators, as it makes them, into a folder.

For each NAME.onnx as it is, and NAME.bare.onnx without the types of its outputs. expected.json holds those types
as declared (`declared`) and as onnx.shape_inference finds them (`inferred`, null where it fails): by output, the element
type and the dims (null for one that is not known), or the name of a type that is no tensor.
"""
import json
import os
import sys
import warnings

warnings.filterwarnings("ignore")

import onnx
from onnx.backend.test.case.node import collect_testcases


def type_of(info):
    kind = info.type.WhichOneof("value")
    if kind != "tensor_type":
        return kind
    tensor = info.type.tensor_type
    if not tensor.HasField("shape"):
        return [tensor.elem_type, None]
    return [tensor.elem_type, [d.dim_value if d.HasField("dim_value") else None for d in tensor.shape.dim]]


def outputs(model):
    return {output.name: type_of(output) for output in model.graph.output}


folder = sys.argv[1]
expected = {}
for case in collect_testcases(None):
    model = case.model
    if model is None:
        continue
    onnx.save(model, os.path.join(folder, f"{case.name}.onnx"))
    declared = outputs(model)
    for output in model.graph.output:
        output.ClearField("type")
    onnx.save(model, os.path.join(folder, f"{case.name}.bare.onnx"))
    try:
        inferred = outputs(onnx.shape_inference.infer_shapes(model))
    except Exception:
        inferred = None
    expected[case.name] = {"declared": declared, "inferred": inferred}
with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file)

"""Writes check/schemas/*.ts: the schemas of all operators of ONNX and of ONNX Runtime's own domain.

Run with a Python that has onnx and onnxruntime: python test/check/foreign/make_schemas.py
The format is described in check/schema.ts.
"""
import os
import re
import sys

import onnx
import onnxruntime
import onnxruntime.capi.onnxruntime_pybind11_state as ort
from onnx import defs

FOLDER = os.path.join(os.path.dirname(__file__), "../../../check/schemas")
DTYPES = {name.lower(): number for name, number in onnx.TensorProto.DataType.items()}
SEQUENCE, OPTIONAL, OTHER = 30, 31, 32
KIND = dict(INT="i", FLOAT="f", STRING="s", TENSOR="t", GRAPH="g", INTS="I", FLOATS="F", STRINGS="S",
            TENSORS="T", GRAPHS="G", TYPE_PROTO="p", TYPE_PROTOS="P", SPARSE_TENSOR="z", SPARSE_TENSORS="Z")
# The domains whose operators occur in models.
DOMAINS = ["", "ai.onnx.ml", "ai.onnx.preview", "ai.onnx.preview.training", "com.microsoft"]
# Stands for the operators that ONNX Runtime itself registers in ONNX's domain.
RUNTIME = "runtime"

sets = {}


def bit(text):
    inner = re.fullmatch(r"tensor\((\w+)\)", text)
    if inner:
        return 1 << DTYPES[inner.group(1)]
    for word, number in (("seq", SEQUENCE), ("optional", OPTIONAL)):
        if text.startswith(word + "("):
            return 1 << number
    return 1 << OTHER


def set_of(types):
    mask = 0
    for text in types:
        mask |= bit(text)
    return sets.setdefault(mask, len(sets))


def name_of(value):
    return str(value).split(".")[-1].upper()


def signature(schema):
    if schema.deprecated:
        return "deprecated"
    constraints = {c.type_param_str: list(c.allowed_type_strs) for c in schema.type_constraints}
    letters = {}

    def params(list_):
        out = []
        for p in list_:
            option = {"SINGLE": "", "OPTIONAL": "?", "VARIADIC": "*"}[name_of(p.option)]
            text = getattr(p, "type_str", None) or p.typeStr
            homogeneous = getattr(p, "is_homogeneous", None)
            if homogeneous is None:
                homogeneous = p.isHomogeneous
            if option == "*" and not homogeneous:
                option = "~"
            if text in constraints:
                first = text not in letters
                letter = letters.setdefault(text, "abcdefghijklmnopqrstuvwxyz"[len(letters)])
                out.append(letter + (str(set_of(constraints[text])) if first else "") + option)
            else:
                out.append(f"#{set_of([text])}{option}")
        return " ".join(out)

    attrs = " ".join(
        f"{name}:{KIND[name_of(a.type)]}{'!' if a.required else ''}"
        for name, a in sorted(schema.attributes.items())
    )
    # How many a variadic one must have at least.
    least = f"{schema.min_input},{schema.min_output}"
    return f"{least} {params(schema.inputs)} > {params(schema.outputs)}".rstrip() + (f" ; {attrs}" if attrs else "")


ops = {}
for schema in defs.get_all_schemas_with_history():
    ops.setdefault((schema.domain, schema.name), []).append(schema)
onnx_own = {(s.domain, s.name, s.since_version) for s in defs.get_all_schemas_with_history()}
for schema in ort.get_all_operator_schema():
    if schema.domain == "com.microsoft":
        ops.setdefault((schema.domain, schema.name), []).append(schema)
    if schema.domain == "" and ("", schema.name, schema.since_version) not in onnx_own:
        ops.setdefault((RUNTIME, schema.name), []).append(schema)

texts = {}
for domain in [*DOMAINS, RUNTIME]:
    lines = []
    for (d, name), history in sorted(ops.items()):
        if d != domain:
            continue
        last = None
        for schema in sorted(history, key=lambda s: s.since_version):
            now = signature(schema)
            if now != last:
                lines.append(f"{name} {schema.since_version} {now}")
            last = now
    texts[domain] = lines

def text_of(lines):
    return "".join(f"{line}\n" for line in lines)


def literal(name, text):
    return f"export const {name} = `\n{text}`;\n"


def files():
    head = "/** Written by test/check/foreign/make_schemas.py; the format is described in ../schema.ts. */\n"
    for first, last in ("AF", "GQ", "RZ"):
        lines = (l for l in texts[""] if first <= l[0] <= last)
        yield f"operators_{first.lower()}_{last.lower()}", head + literal(f"ONNX_{first}{last}", text_of(lines))
    yield "microsoft", head + literal("MICROSOFT", text_of(texts["com.microsoft"]))
    ml = "\n".join(literal(name, text_of(texts[domain])) for name, domain in (
        ("ML", "ai.onnx.ml"), ("PREVIEW", "ai.onnx.preview"), ("TRAINING", "ai.onnx.preview.training"), ("RUNTIME", RUNTIME)))
    masks = "\n".join("0x%x" % mask for mask in sets)
    facts = (
        f"\n/** ONNX {onnx.__version__}, ONNX Runtime {onnxruntime.__version__}. */\n"
        f"export const NEWEST_IR = {onnx.IR_VERSION};\n\n"
        "export const NEWEST_OPSETS: Readonly<Record<string, number>> = {\n"
        f"  '': {defs.onnx_opset_version()},\n"
        f"  'ai.onnx.ml': {defs.onnx_ml_opset_version()},\n"
        "  'ai.onnx.preview': 1,\n  'ai.onnx.preview.training': 1,\n  'com.microsoft': 1,\n};\n"
    )
    sets_text = literal("TYPE_SETS", masks + "\n")
    yield "others", head + ml + "\n" + sets_text + facts


if __name__ == "__main__":
    for name, text in files():
        path = os.path.join(FOLDER, f"{name}.ts")
        if "--check" in sys.argv:
            same = open(path, encoding="utf8").read() == text
            print(f"{name}: {'ok' if same else 'differs'}")
        else:
            open(path, "w", encoding="utf8").write(text)

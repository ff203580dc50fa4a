import type { Builder, BuilderOptions, Origin, Value } from './builder.ts';
import { type Dim, type DimExpr, dimText } from './dim.ts';
import { NO_FLOATS } from './float16.ts';
import type { Attrs, Graph, Literal, Node, Param, Port, Region, TensorType, ValueId } from './graph.ts';
import { type, typeText } from './graph.ts';
import { IrError, isComposite, type Op, require } from './op.ts';
import { NOWHERE } from './place.ts';
import { prune } from './prune.ts';

export type { Builder, BuilderOptions, Loop, LoopState, Origin, Value } from './builder.ts';

export function withDefaults(op: Op, attrs: Attrs): Attrs {
  const full: Record<string, Attrs[string]> = {};
  for (const [name, signature] of Object.entries(op.attrs)) {
    const value = attrs[name] ?? signature.default;
    if (value !== undefined) full[name] = value;
  }
  const stray = Object.keys(attrs).find((name) => !Object.hasOwn(op.attrs, name));
  require(stray === undefined, () => `${op.name} has no attribute '${stray}'`);
  return full;
}

/** The types that `op` gives for inputs of these types. */
export function inferTypes(op: Op, ins: readonly (TensorType | null)[], attrs: Attrs): readonly TensorType[] {
  if (op.infer) return op.infer(ins, attrs);
  require(isComposite(op), () => `${op.name} has neither a body nor a type rule`);
  return bodyOf(op, ins, attrs).outs;
}

/** The body of a composite as a graph of its own, for inputs of these types. */
export function bodyOf(
  op: Op,
  ins: readonly (TensorType | null)[],
  attrs: Attrs,
  wanted: readonly boolean[] = [],
): { readonly graph: Graph; readonly outs: readonly TensorType[] } {
  require(isComposite(op), () => `${op.name} is a primitive: it has no body`);
  const b = createBuilder(op.name);
  const names = ins.map((_, i) => (op.ins[i] ?? op.ins.at(-1)!).replace(/[?*]$/, ''));
  const values = ins.map((t, i) => (t === null ? null : b.input(names[i]!, t)));
  const outs = op.body(b, values, attrs);
  outs.forEach((value, i) => {
    if (wanted[i] ?? true) b.output(op.outs[i]!, value);
  });
  return { graph: b.done(), outs: outs.map((v) => v.type) };
}

/**
 * Text that is equal for equal plain data. JSON would write NaN and both infinities as null and -0 as 0: four different
 * constants would be shared.
 */
export function keyOf(data: unknown): string {
  if (typeof data === 'number') return Object.is(data, -0) ? '-0' : String(data);
  if (typeof data !== 'object' || data === null) return JSON.stringify(data) ?? '';
  if (Array.isArray(data)) return `[${data.map(keyOf).join()}]`;
  // Lengths are shared all over a graph, and know their texts.
  if ('op' in data && 'args' in data) return `(${dimText(data as DimExpr)})`;
  const fields = Object.entries(data).filter(([, value]) => value !== undefined);
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${keyOf(value)}`).join()}}`;
}

/** Copied nodes keep their attributes, and passes copy a graph again and again. */
const attrsTexts = new WeakMap<Attrs, string>();

function attrsText(attrs: Attrs): string {
  const text = attrsTexts.get(attrs) ?? keyOf(attrs);
  attrsTexts.set(attrs, text);
  return text;
}

/** The nodes of a graph or region that is being built, and what they have computed so far. */
interface Frame {
  readonly nodes: Node[];
  readonly known: Map<string, readonly Value[]>;
}

function knownIn(frames: readonly Frame[], key: string): readonly Value[] | undefined {
  for (const { known } of frames) {
    const values = known.get(key);
    if (values) return values;
  }
  return undefined;
}

export function createBuilder(name: string, { weights = 'initializers' }: BuilderOptions = {}): Builder {
  const inputs: Port[] = [];
  const weightPorts: Port[] = [];
  const params: Param[] = [];
  const outputs: Port[] = [];
  const types: Record<ValueId, TensorType> = {};
  const named = new Map<string, Value>();
  /** Innermost last. */
  const open: Frame[] = [{ nodes: [], known: new Map() }];
  let now: Origin = { scope: '', place: NOWHERE, from: [] };
  let next = 0;

  const fresh = (t: TensorType): Value => {
    const value = { id: next++, type: t };
    types[value.id] = t;
    return value;
  };

  const append = (
    op: Op,
    ins: readonly (Value | null)[],
    attrs: Attrs,
    outTypes: readonly TensorType[],
    region?: Region,
  ): readonly Value[] => {
    const ids = ins.map((v) => v?.id ?? null);
    const ordered = op.commutative ? [...ids].sort((a, b) => (a ?? -1) - (b ?? -1)) : ids;
    // Each application of an impure op is one of its own.
    const key =
      region || op.pure === false
        ? undefined
        : `${op.name}(${ordered.map((id) => id ?? '-').join()})${attrsText(attrs)}`;
    const known = key && knownIn(open, key);
    if (known) return known;
    const values = outTypes.map(fresh);
    const node: Node = {
      op: op.name,
      ins: ids,
      outs: values.map((v) => v.id),
      attrs,
      ...(region && { region }),
      ...now,
    };
    const frame = open.at(-1)!;
    frame.nodes.push(node);
    if (key) frame.known.set(key, values);
    return values;
  };

  const at: Builder['at'] = ({ scope, place, from }, body) => {
    const before = now;
    now = { scope, place, from };
    try {
      return body();
    } finally {
      now = before;
    }
  };

  const builder: Builder = {
    input(inputName, t, weight) {
      const value = fresh(t);
      inputs.push({ name: inputName, id: value.id, ...(weight && { weight }) });
      return value;
    },
    param(weight, as = type('f32', ...weight.shape)) {
      const old = named.get(weight.name);
      if (old) return old;
      const value = fresh(as);
      if (weights === 'inputs') weightPorts.push({ name: weight.name, id: value.id, weight });
      else params.push({ id: value.id, weight });
      named.set(weight.name, value);
      return value;
    },
    add(op, ins, attrs) {
      const values = builder.many(op, ins, attrs);
      require(values.length === 1, () => `${op.name} has ${values.length} outputs, not one`);
      return values[0]!;
    },
    many(op, ins, attrs = {}) {
      const full = withDefaults(op, attrs);
      const inTypes = ins.map((v) => v?.type ?? null);
      try {
        return append(op, ins, full, inferTypes(op, inTypes, full));
      } catch (error) {
        if (!(error instanceof IrError)) throw error;
        const seen = inTypes.map((t) => (t ? typeText(t) : '-')).join(', ');
        throw new IrError(`${now.scope || name}: ${op.name}(${seen}): ${error.message}`);
      }
    },
    node: (op, ins, attrs, outTypes, region) => append(op, ins, attrs, outTypes, region),
    loop(op, loop) {
      let scanTypes: readonly TensorType[] = [];
      const inside = loop.state.map((s) => s.inside ?? s.init.type);
      const region = builder.region([type('i64'), ...inside], ([round, ...state]) => {
        const end = loop.body(round!, state);
        scanTypes = (end.scans ?? []).map((v) => v.type);
        return [end.again ?? literal(true), ...end.state, ...(end.scans ?? [])];
      });
      const after = loop.state.map((s, i) => s.after ?? inside[i]!);
      const rounds: Dim = loop.rounds ?? 'rounds';
      const scans = scanTypes.map((t) => type(t.dtype, rounds, ...t.shape));
      const ins = [loop.count, loop.start ?? null, ...loop.state.map((s) => s.init)];
      const values = append(op, ins, {}, [...after, ...scans], region);
      return { state: values.slice(0, after.length), scans: values.slice(after.length) };
    },
    region(paramTypes, body) {
      const regionParams = paramTypes.map(fresh);
      open.push({ nodes: [], known: new Map() });
      const results = body(regionParams);
      const { nodes } = open.pop()!;
      return { params: regionParams.map((v) => v.id), nodes, outputs: results.map((v) => v.id) };
    },
    within(name, body, { span, ...facts } = {}) {
      const scope = [now.scope, name].filter(Boolean).join('.');
      return at({ scope, place: { ...now.place, ...facts }, from: span ? [span] : now.from }, body);
    },
    at,
    here: () => now.place,
    output: (outputName, value) => void outputs.push({ name: outputName, id: value.id }),
    done: () =>
      prune({ name, inputs: [...inputs, ...weightPorts], params, nodes: open[0]!.nodes, outputs, types }),
  };

  /** A boolean constant, written without the registry of ops, which would close an import cycle. */
  const literal = (value: boolean): Value => {
    const data: Literal = { dtype: 'bool', shape: [], data: [value ? 1 : 0] };
    return append(CONSTANT_SHAPE, [], { value: data }, [type('bool')])[0]!;
  };

  return builder;
}

/** Just enough of the op `constant` for the builder itself. */
const CONSTANT_SHAPE: Op = {
  name: 'constant',
  doc: '',
  ins: [],
  outs: ['value'],
  attrs: { value: { kind: 'literal' } },
  samples: [],
  float16: NO_FLOATS,
  infer: () => [],
  cost: () => ({}),
  onnx: 'Constant',
};

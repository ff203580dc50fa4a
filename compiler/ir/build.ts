/** Builds graphs. The interface of a builder is in `builder.ts`. */
import type { Builder, BuilderOptions, Loop, Origin, Value } from './builder.ts';
import { type Dim, type DimExpr, dimText } from './dim.ts';
import { NO_FLOATS } from './float16.ts';
import type { Attrs, Graph, Literal, Node, Param, Port, Region, TensorType, ValueId } from './graph.ts';
import { type, typeText } from './graph.ts';
import { IrError, isComposite, type Op, require } from './op.ts';
import { NOWHERE } from './place.ts';
import { prune } from './prune.ts';

export type { Builder, BuilderOptions, Loop, LoopState, Origin, Value } from './builder.ts';

/** Adds the op's defaults to these attributes. Throws an IrError for an attribute that the op does not have. */
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

/** The types of an op's outputs for inputs of these types. Throws an IrError if they break a rule of the op. */
export function inferTypes(op: Op, ins: readonly (TensorType | null)[], attrs: Attrs): readonly TensorType[] {
  if (op.infer) return op.infer(ins, attrs);
  require(isComposite(op), () => `${op.name} has neither a body nor a type rule`);
  return bodyOf(op, ins, attrs).outs;
}

/** Builds the body of a composite as a graph, for inputs of these types. `wanted` selects the outputs to keep. */
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
 * A text of plain data. Two texts are equal exactly if the data are equal. JSON would print NaN and both infinities as
 * null, and -0 as 0, so different constants would be shared.
 */
export function keyOf(data: unknown): string {
  if (typeof data === 'number') return Object.is(data, -0) ? '-0' : String(data);
  if (typeof data !== 'object' || data === null) return JSON.stringify(data) ?? '';
  if (Array.isArray(data)) return `[${data.map(keyOf).join()}]`;
  // `dimText` caches its texts, which helps because the nodes of a graph share their lengths.
  if ('op' in data && 'args' in data) return `(${dimText(data as DimExpr)})`;
  const fields = Object.entries(data).filter(([, value]) => value !== undefined);
  return `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${keyOf(value)}`).join()}}`;
}

/** The cached texts of attributes. Passes copy graphs very often, and copied nodes share their attributes. */
const attrsTexts = new WeakMap<Attrs, string>();

function attrsText(attrs: Attrs): string {
  const known = attrsTexts.get(attrs);
  if (known !== undefined) return known;
  const text = keyOf(attrs);
  attrsTexts.set(attrs, text);
  return text;
}

/**
 * The nodes of a graph or a region that is being built, and the values that they compute. The keys of these values are
 * made from op, inputs and attributes.
 */
interface Block {
  readonly nodes: Node[];
  readonly known: Map<string, readonly Value[]>;
  /** The parameters of a region; none for the graph itself. */
  readonly params: readonly ValueId[];
}

/** A graph that is being built. Only its builder changes it. */
interface Draft {
  readonly types: Record<ValueId, TensorType>;
  /** The graph and the open regions inside it, innermost last. */
  readonly open: Block[];
  /** The origin of nodes that are added now. */
  origin: Origin;
  next: ValueId;
}

function fresh(draft: Draft, t: TensorType): Value {
  const value = { id: draft.next++, type: t };
  draft.types[value.id] = t;
  return value;
}

function knownIn(blocks: readonly Block[], key: string): readonly Value[] | undefined {
  for (const { known } of blocks) {
    const values = known.get(key);
    if (values) return values;
  }
  return undefined;
}

/** Adds a node, or returns the values of an equal node if they can be read here. */
function append(
  draft: Draft,
  op: Op,
  ins: readonly (Value | null)[],
  attrs: Attrs,
  outTypes: readonly TensorType[],
  region?: Region,
): readonly Value[] {
  const ids = ins.map((v) => v?.id ?? null);
  const ordered = op.commutative ? [...ids].sort((a, b) => (a ?? -1) - (b ?? -1)) : ids;
  // Applications of an impure op are never shared.
  const key =
    region || op.pure === false
      ? undefined
      : `${op.name}(${ordered.map((id) => id ?? '-').join()})${attrsText(attrs)}`;
  const known = key && knownIn(draft.open, key);
  if (known) return known;
  const values = outTypes.map((t) => fresh(draft, t));
  // The fields are listed one by one, because an object spread is many times slower in V8.
  const { scope, place, from } = draft.origin;
  const outs = values.map((v) => v.id);
  const node: Node = region
    ? { op: op.name, ins: ids, outs, attrs, region, scope, place, from }
    : { op: op.name, ins: ids, outs, attrs, scope, place, from };
  const block = draft.open.at(-1)!;
  block.nodes.push(node);
  if (key) block.known.set(key, values);
  return values;
}

/** Adds a loop. The types of its scans follow from its body. */
function appendLoop(draft: Draft, builder: Builder, op: Op, loop: Loop): ReturnType<Builder['loop']> {
  let scanTypes: readonly TensorType[] = [];
  const inside = loop.state.map((s) => s.inside ?? s.init.type);
  const region = builder.region([type('i64'), ...inside], ([iteration, ...state]) => {
    const end = loop.body(iteration!, state);
    scanTypes = (end.scans ?? []).map((v) => v.type);
    return [end.again ?? appendTrue(draft), ...end.state, ...(end.scans ?? [])];
  });
  const after = loop.state.map((s, i) => s.after ?? inside[i]!);
  const iterations: Dim = loop.iterations ?? 'rounds';
  const scans = scanTypes.map((t) => type(t.dtype, iterations, ...t.shape));
  const ins = [loop.count, loop.start ?? null, ...loop.state.map((s) => s.init)];
  const values = append(draft, op, ins, {}, [...after, ...scans], region);
  return { state: values.slice(0, after.length), scans: values.slice(after.length) };
}

/** Adds the constant `true`. It does not use the registry of ops, because that import would be circular. */
function appendTrue(draft: Draft): Value {
  const value: Literal = { dtype: 'bool', shape: [], data: [1] };
  return append(draft, CONSTANT, [], { value }, [type('bool')])[0]!;
}

/** Gives the nodes that `body` adds this origin. */
function withOrigin<T>(draft: Draft, { scope, place, from }: Origin, body: () => T): T {
  const before = draft.origin;
  draft.origin = { scope, place, from };
  try {
    return body();
  } finally {
    draft.origin = before;
  }
}

export function createBuilder(name: string, { weights = 'initializers' }: BuilderOptions = {}): Builder {
  const inputs: Port[] = [];
  const weightPorts: Port[] = [];
  const params: Param[] = [];
  const outputs: Port[] = [];
  const named = new Map<string, Value>();
  const block: Block = { nodes: [], known: new Map(), params: [] };
  const draft: Draft = {
    types: {},
    open: [block],
    origin: { scope: '', place: NOWHERE, from: [] },
    next: 0,
  };

  const builder: Builder = {
    input(inputName, t, weight) {
      const value = fresh(draft, t);
      inputs.push({ name: inputName, id: value.id, ...(weight && { weight }) });
      return value;
    },
    param(weight, as = type('f32', ...weight.shape)) {
      const old = named.get(weight.name);
      if (old) return old;
      const value = fresh(draft, as);
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
        return append(draft, op, ins, full, inferTypes(op, inTypes, full));
      } catch (error) {
        if (!(error instanceof IrError)) throw error;
        const seen = inTypes.map((t) => (t ? typeText(t) : '-')).join(', ');
        throw new IrError(`${draft.origin.scope || name}: ${op.name}(${seen}): ${error.message}`);
      }
    },
    node: (op, ins, attrs, outTypes, region) => append(draft, op, ins, attrs, outTypes, region),
    loop: (op, loop) => appendLoop(draft, builder, op, loop),
    region: (paramTypes, body) => builder.closeRegion(body(builder.openRegion(paramTypes))),
    openRegion(paramTypes) {
      const regionParams = paramTypes.map((t) => fresh(draft, t));
      draft.open.push({ nodes: [], known: new Map(), params: regionParams.map((v) => v.id) });
      return regionParams;
    },
    closeRegion(results) {
      const { nodes, params: regionParams } = draft.open.pop()!;
      return { params: regionParams, nodes, outputs: results.map((v) => v.id) };
    },
    within(scopeName, body, { span, ...facts } = {}) {
      const { scope, place, from } = draft.origin;
      const inner = [scope, scopeName].filter(Boolean).join('.');
      const origin = { scope: inner, place: { ...place, ...facts }, from: span ? [span] : from };
      return withOrigin(draft, origin, body);
    },
    at: (origin, body) => withOrigin(draft, origin, body),
    here: () => draft.origin.place,
    output: (outputName, value) => void outputs.push({ name: outputName, id: value.id }),
    done: () =>
      prune({
        name,
        inputs: [...inputs, ...weightPorts],
        params,
        nodes: block.nodes,
        outputs,
        types: draft.types,
      }),
  };
  return builder;
}

/** The fields of the op `constant` that the builder needs. */
const CONSTANT: Op = {
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

/**
 * Checks the rules of every graph, after every pass. A broken rule is a bug of the compiler, or a mistake in IR text
 * that was written by hand. So a message names the node's scope and shows the printed line of the node.
 */
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { isAttrOfKind, isRef } from './attrs.ts';
import { inferTypes, keyOf } from './build.ts';
import { type Dim, isSymbol, symbolIn, symbolsOf } from './dim.ts';
import {
  type Graph,
  type Node,
  type Param,
  sameShape,
  sameType,
  type TensorType,
  typeText,
  type ValueId,
} from './graph.ts';
import { type InSignature, isComposite, type Op } from './op.ts';
import { placeFault } from './place.ts';
import { nodeText } from './text.ts';
import { loopFaults } from './verify_loop.ts';

/** The rules by their codes. The tests break each rule. */
export const IR_RULES = {
  D309: 'a node belongs to a side, a layer and a part that exist',
  D310: 'a value is defined once',
  D311: 'a value is read after the node that defines it, in the same region or in a region inside it',
  D312: 'every value has a type, every type has a value, and a weight has the shape of its tensor',
  D313: 'the op exists',
  D314: 'the inputs fit the op',
  D315: 'the number of outputs fits the op',
  D316: 'attributes are complete, known to the op, and of the declared kind',
  D317: 'the stated types are the types that the op infers',
  D318: 'a loop follows the rules of loops, and only a loop has a region',
  D319: 'a symbol is a length (`n`, `2*n`) of an input, of a region parameter, or of a result of an op that names lengths, and it is defined before it is used',
} as const;

type Rule = keyof typeof IR_RULES;
type Ops = Readonly<Record<string, Op>>;

/** The values that a node may read, and the symbols that its types may use. A region can use all enclosing frames. */
interface Frame {
  readonly values: Set<ValueId>;
  readonly symbols: Set<string>;
}

interface Check {
  readonly graph: Graph;
  readonly ops: Ops;
  readonly defined: Set<ValueId>;
  report(rule: Rule, message: string, node?: Node): void;
}

export function verify(graph: Graph, ops: Ops): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const check: Check = {
    graph,
    ops,
    defined: new Set(),
    report(code, message, node) {
      const where = node ? `${node.scope || graph.name}: ${node.op}` : graph.name;
      const line = node ? `\n  ${shortened(nodeText(node, graph.types))}` : '';
      diagnostics.push({ code, severity: 'error', message: `${where}: ${message}${line}`, labels: [] });
    },
  };
  const frame: Frame = { values: new Set(), symbols: new Set() };
  define(
    check,
    frame,
    graph.inputs.map((port) => port.id),
    true,
  );
  for (const param of graph.params) checkParam(check, frame, param);
  for (const { id, weight } of graph.inputs) if (weight) checkShape(check, { id, weight });
  checkNodes(check, frame, graph.nodes);
  for (const { name, id } of graph.outputs) {
    if (!frame.values.has(id)) check.report('D311', `the output '${name}' is %${id}, which is not defined`);
  }
  for (const id of Object.keys(graph.types)) {
    if (!check.defined.has(Number(id))) check.report('D312', `%${id} has a type but is not defined`);
  }
  return diagnostics;
}

const shortened = (line: string): string => (line.length > 400 ? `${line.slice(0, 399)}…` : line);

/** Enters values into the frame. With `bind`, their lengths define symbols. */
function define(check: Check, frame: Frame, ids: readonly ValueId[], bind: boolean, node?: Node): void {
  const types = ids.map((id) => check.graph.types[id]);
  for (const d of bind ? types.flatMap((t) => t?.shape ?? []) : []) {
    const found = symbolIn(d);
    if (found) frame.symbols.add(found.symbol);
  }
  ids.forEach((id, i) => {
    if (check.defined.has(id)) check.report('D310', `%${id} is defined a second time`, node);
    check.defined.add(id);
    frame.values.add(id);
    const t = types[i];
    if (!t) check.report('D312', `%${id} has no type`, node);
    else checkSymbols(check, frame, t.shape, () => `%${id}: ${typeText(t)}`, node);
  });
}

function checkSymbols(
  check: Check,
  frame: Frame,
  dims: readonly Dim[],
  what: () => string,
  node?: Node,
): void {
  for (const symbol of new Set(dims.flatMap(symbolsOf))) {
    if (!isSymbol(symbol))
      check.report('D319', `'${symbol}' cannot be the name of a symbol, in ${what()}`, node);
    else if (!symbol.startsWith('@') && !frame.symbols.has(symbol)) {
      check.report('D319', `nothing defines the length '${symbol}' in ${what()}`, node);
    }
  }
}

function checkParam(check: Check, frame: Frame, param: Param): void {
  define(check, frame, [param.id], false);
  checkShape(check, param);
}

function checkShape(check: Check, { id, weight }: Param): void {
  const t = check.graph.types[id];
  if (t && !sameShape(t.shape, weight.shape)) {
    check.report(
      'D312',
      `%${id} is ${typeText(t)}, but the weight '${weight.name}' is [${weight.shape.join(', ')}]`,
    );
  }
}

function checkNodes(check: Check, frame: Frame, nodes: readonly Node[]): void {
  for (const node of nodes) {
    const readable = checkReads(check, frame, node);
    const misplaced = placeFault(node.place);
    if (misplaced) check.report('D309', misplaced, node);
    const op = Object.hasOwn(check.ops, node.op) ? check.ops[node.op] : undefined;
    if (node.region) checkRegion(check, frame, node, node.region);
    define(check, frame, node.outs, check.ops[node.op]?.namesLengths ?? false, node);
    if (!op) check.report('D313', `there is no op '${node.op}'`, node);
    else checkOp(check, frame, node, op, readable);
  }
}

function checkReads(check: Check, frame: Frame, node: Node): boolean {
  const unknown = node.ins.filter((id) => id !== null && !frame.values.has(id));
  for (const id of unknown) check.report('D311', `%${id} is not defined here`, node);
  return unknown.length === 0;
}

function checkRegion(check: Check, outer: Frame, node: Node, region: NonNullable<Node['region']>): void {
  const frame: Frame = { values: new Set(outer.values), symbols: new Set(outer.symbols) };
  define(check, frame, region.params, true, node);
  checkNodes(check, frame, region.nodes);
  for (const id of region.outputs) {
    if (!frame.values.has(id))
      check.report('D311', `the region yields %${id}, which is not defined in it`, node);
  }
}

function checkOp(check: Check, frame: Frame, node: Node, op: Op, readable: boolean): void {
  const fault = (rule: Rule, message: string): void => check.report(rule, message, node);
  const inputs = inputFault(op.ins, node.ins);
  if (inputs) fault('D314', inputs);
  const variadic = op.outs.at(-1)?.endsWith('*') ?? false;
  if (variadic ? node.outs.length < op.outs.length - 1 : node.outs.length !== op.outs.length) {
    fault('D315', `the number of outputs is ${node.outs.length}, but it must be ${op.outs.length}`);
  }
  const attrs = attrFaults(op, node);
  for (const message of attrs) fault('D316', message);
  checkAttrSymbols(check, frame, node, op);
  if (op.name === 'loop') {
    for (const message of loopFaults(node, check.graph.types)) fault('D318', message);
    return;
  }
  if (node.region) fault('D318', 'it has a region, but only a loop may have one');
  if (inputs || attrs.length > 0 || !readable) return;
  const types = node.ins.map((id) => (id === null ? null : check.graph.types[id]));
  const stated = node.outs.map((id) => check.graph.types[id]);
  if (![...types, ...stated].every((t) => t !== undefined)) return;
  const wrong = typeFault(
    check.ops,
    op,
    node,
    types as readonly (TensorType | null)[],
    stated as readonly TensorType[],
  );
  if (wrong) fault('D317', wrong);
}

function inputFault(signature: InSignature, ins: Node['ins']): string | undefined {
  const last = signature.at(-1);
  const repeats = last?.endsWith('*') ?? false;
  if (ins.length > signature.length && !repeats)
    return `the number of inputs is ${ins.length}, but it must be at most ${signature.length}`;
  const slots = Math.max(ins.length, signature.length - Number(repeats));
  for (let i = 0; i < slots; i++) {
    const name = signature[i] ?? last!;
    if ((ins[i] ?? null) === null && !name.endsWith('?')) return `the input '${name}' is missing`;
  }
  return undefined;
}

function attrFaults(op: Op, node: Node): readonly string[] {
  const stray = Object.keys(node.attrs).filter((name) => !Object.hasOwn(op.attrs, name));
  const wrong = Object.entries(op.attrs).flatMap(([name, { kind }]) => {
    const value = node.attrs[name];
    if (value === undefined) return [`the attribute '${name}' is missing`];
    return isAttrOfKind(kind, value) ? [] : [`the attribute '${name}' is not of kind ${kind}`];
  });
  return [...stray.map((name) => `it has no attribute '${name}'`), ...wrong];
}

function checkAttrSymbols(check: Check, frame: Frame, node: Node, op: Op): void {
  for (const [name, value] of Object.entries(node.attrs)) {
    const kind = op.attrs[name]?.kind;
    if (!kind?.startsWith('dim') || isRef(value) || !isAttrOfKind(kind, value)) continue;
    checkSymbols(
      check,
      frame,
      (kind === 'dims' ? value : [value]) as readonly Dim[],
      () => `attribute '${name}'`,
      node,
    );
  }
}

/** The inferred types of composites without a type rule. Building their bodies again after every pass would be slow. */
const inferred = new WeakMap<Ops, Map<string, readonly TensorType[]>>();

function infer(ops: Ops, op: Op, node: Node, ins: readonly (TensorType | null)[]): readonly TensorType[] {
  if (op.infer || !isComposite(op)) return inferTypes(op, ins, node.attrs);
  const known = inferred.get(ops) ?? new Map<string, readonly TensorType[]>();
  inferred.set(ops, known);
  const key = keyOf([op.name, ins, node.attrs]);
  const types = known.get(key) ?? inferTypes(op, ins, node.attrs);
  known.set(key, types);
  return types;
}

function typeFault(
  ops: Ops,
  op: Op,
  node: Node,
  ins: readonly (TensorType | null)[],
  stated: readonly TensorType[],
): string | undefined {
  try {
    const types = infer(ops, op, node, ins);
    const fits = types.length === stated.length && types.every((t, i) => sameType(t, stated[i]!));
    const text = (list: readonly TensorType[]): string => list.map(typeText).join(', ');
    return fits ? undefined : `the op gives the types ${text(types)}, but the node states ${text(stated)}`;
  } catch (error) {
    // If an op cannot infer its types, the graph is wrong. So verification reports this fault and does not throw.
    return error instanceof Error ? error.message : String(error);
  }
}

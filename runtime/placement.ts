/**
 * Which nodes of a model have no kernel on a device, told from the file alone. ONNX Runtime runs them on
 * the CPU and says nothing; a table of its kernels (kernel_tables.ts) says it before anything is loaded.
 *
 * A node is judged as it will run: calls of the model's own functions are expanded, bodies of loops
 * belong to the graph. Arithmetic on lengths and on constants does not count, since ONNX Runtime keeps
 * it on the CPU on every device, and so it should.
 */
import type {
  FunctionProto,
  GraphProto,
  ModelProto,
  NodeProto,
  ValueInfo,
} from '../compiler/emit/messages.ts';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from './codes.ts';
import type { Device } from './devices.ts';
import { CPU_ONLY, DECIDING_INPUT, type ElementType, KERNELS } from './kernel_tables.ts';

export interface Lack {
  /** Qualified: `Or`, `com.microsoft::X`. */
  readonly op: string;
  /** Of the input that decides; absent where the file does not tell. */
  readonly type?: string;
  /** How many of the model's nodes, and their names in the file. */
  readonly count: number;
  readonly nodes: readonly string[];
}

export interface Placement {
  /** Nodes that compute on data, functions expanded. */
  readonly nodes: number;
  /** What has no kernel on the device, most frequent first. */
  readonly lacks: readonly Lack[];
}

const DTYPES: Readonly<Record<number, ElementType>> = { 1: 'f32', 3: 'i8', 7: 'i64', 9: 'bool', 10: 'f16' };

export const qualified = (name?: string | null, domain?: string | null): string =>
  domain && domain !== 'ai.onnx' ? `${domain}::${name ?? '?'}` : (name ?? '?');

const keyOf = (domain?: string | null, name?: string | null, overload?: string | null): string =>
  [domain || '', name, overload || ''].join('|');

const functionsOf = ({ functions }: ModelProto): ReadonlyMap<string, FunctionProto> =>
  new Map((functions ?? []).map((f) => [keyOf(f.domain, f.name, f.overload), f]));

/** What is known of a value: its type, and whether it comes of lengths and constants alone. */
interface Known {
  readonly type: number | undefined;
  readonly aside: boolean;
}

type Names = Map<string, Known>;

/** Far more than any model has; a file may claim functions that call each other without an end. */
const MOST_NODES = 200_000;
const DEEPEST = 16;

/** Calls `see` for every node as it will run; `aside`: it computes on lengths and constants alone. */
function walk(model: ModelProto, see: (node: NodeProto, names: Names, aside: boolean) => void): void {
  const functions = functionsOf(model);
  let seen = 0;

  function visit(
    nodes: readonly NodeProto[],
    infos: readonly ValueInfo[],
    names: Names,
    depth: number,
  ): void {
    const types = new Map(
      infos.map(({ name, type }) => [name ?? '', type?.tensorType?.elemType ?? undefined]),
    );
    for (const node of nodes) {
      if (++seen > MOST_NODES || depth > DEEPEST) return;
      const inputs = node.input ?? [];
      const bodies = (node.attribute ?? []).flatMap(({ g }) => (g ? [g] : []));
      const given = inputs.filter((name) => name !== '').map((name) => names.get(name));
      const lengths = node.opType === 'Shape' && !node.domain;
      const aside = lengths || (bodies.length === 0 && given.every((value) => value?.aside));
      for (const name of node.output ?? []) names.set(name, { aside, type: types.get(name) });
      const callee = functions.get(keyOf(node.domain, node.opType, node.overload));
      if (callee) {
        const unknown: Known = { aside: false, type: undefined };
        const inside = new Map(
          (callee.input ?? []).map((name, i) => [name, names.get(inputs[i] ?? '') ?? unknown]),
        );
        visit(callee.node ?? [], callee.valueInfo ?? [], inside, depth + 1);
        continue;
      }
      see(node, names, aside);
      for (const body of bodies) visitGraph(body, new Map(names), depth + 1);
    }
  }

  function visitGraph(graph: GraphProto, names: Names, depth: number): void {
    for (const { name, type } of graph.input ?? [])
      names.set(name ?? '', { aside: false, type: type?.tensorType?.elemType ?? undefined });
    for (const { name, dataType } of graph.initializer ?? [])
      names.set(name ?? '', { aside: true, type: dataType ?? undefined });
    visit(graph.node ?? [], [...(graph.valueInfo ?? []), ...(graph.output ?? [])], names, depth);
  }

  if (model.graph) visitGraph(model.graph, new Map(), 0);
}

/** Whether the device has a kernel; undefined for an operator that the tables do not know. */
export function hasKernel(provider: string, op: string, type?: ElementType): boolean | undefined {
  const table = KERNELS[provider];
  if (!table) return true;
  const types = table.get(op);
  if (types) return type === undefined || types.has(type);
  return CPU_ONLY.has(op) || Object.values(KERNELS).some((other) => other.has(op)) ? false : undefined;
}

/** The names of nodes that compute on data: those that are to run on the device. */
export function dataNodes(model: ModelProto): ReadonlySet<string> {
  const found = new Set<string>();
  walk(model, ({ name }, _, aside) => {
    if (!aside) found.add(name ?? '');
  });
  return found;
}

export function placementOn(provider: string, model: ModelProto): Placement {
  const lacks = new Map<string, { op: string; type?: string; nodes: string[] }>();
  let nodes = 0;
  walk(model, (node, names, aside) => {
    if (aside) return;
    nodes++;
    const op = qualified(node.opType, node.domain);
    const deciding = names.get(node.input?.[DECIDING_INPUT[op] ?? 0] ?? '')?.type;
    const type = deciding === undefined ? undefined : DTYPES[deciding];
    if (hasKernel(provider, op, type) !== false) return;
    // Control flow has no type of its own.
    const shown = node.attribute?.some(({ g }) => g) ? undefined : type;
    const key = `${op} ${shown}`;
    const lack = lacks.get(key) ?? { op, ...(shown && { type: shown }), nodes: [] };
    lacks.set(key, lack);
    lack.nodes.push(node.name ?? '');
  });
  const found = [...lacks.values()].map((lack) => ({ ...lack, count: lack.nodes.length }));
  return { nodes, lacks: found.sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1)) };
}

/** The domains whose operators ONNX Runtime brings. */
const BUILT_IN = /^(ai\.onnx(\..*)?|com\.microsoft(\..*)?|com\.ms\..*)?$/;

/** Operators of a domain that ONNX Runtime does not have, without a function that says what they mean. */
export function unknownOperators(model: ModelProto): readonly string[] {
  const unknown = new Set<string>();
  walk(model, ({ opType, domain }) => {
    // Calls of the model's own functions are expanded: what is left must be ONNX Runtime's own.
    if (!BUILT_IN.test(domain ?? '')) unknown.add(qualified(opType, domain));
  });
  return [...unknown].sort();
}

export const lackText = ({ op, type, count }: Lack): string => `${op}${type ? ` (${type})` : ''} × ${count}`;

/** An error for operators that nobody knows; one warning for those that will run on the CPU. */
export function placementDiagnostics(path: string, model: ModelProto, device: Device): readonly Diagnostic[] {
  const unknown = unknownOperators(model);
  if (unknown.length > 0) {
    const message = `${path} uses operators that ONNX Runtime does not know: ${unknown.join(', ')}`;
    return [runtimeDiagnostic('D549', message, 'compile it again, or load it where they are registered')];
  }
  // The CPU has every kernel.
  if (!KERNELS[device.provider]) return [];
  const { nodes, lacks } = placementOn(device.provider, model);
  if (lacks.length === 0) return [];
  const count = lacks.reduce((sum, lack) => sum + lack.count, 0);
  const message = `${count} of ${nodes} nodes ${count === 1 ? 'has' : 'have'} no kernel on ${device.name} and ${count === 1 ? 'runs' : 'run'} on the CPU: ${lacks.map(lackText).join(', ')}`;
  const help = `\`benben inspect M.onnx --device ${device.name}\` lists them by name`;
  return [runtimeDiagnostic('D548', message, help, 'warning')];
}

/**
 * Finds the nodes of a model that have no kernel on a device, by reading only the file. ONNX Runtime would silently run
 * these nodes on the CPU. The tables of kernels (kernel_tables.ts) show this before a session is opened.
 *
 * Calls of model-local functions are expanded, and nodes in bodies are counted too. Nodes that compute only on lengths
 * and constants are not counted, because ONNX Runtime runs them on the CPU on purpose.
 */
import { domainOf } from '../check/schema.ts';
import { dtypeText } from '../check/sizes.ts';
import { ONNX_DTYPE } from '../compiler/onnx/element_types.ts';
import type { Common } from '../compiler/onnx/model.ts';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import type { Device } from './devices.ts';
import { CPU_ONLY, CPU_ONLY_DOMAINS, DECIDING_INPUT, type ElementType, KERNELS } from './kernel_tables.ts';
import { outputTypes } from './output_types.ts';

/** An operator and a type without a kernel, with the nodes that use them. */
export interface Lack {
  /** The qualified name: `Or`, `com.microsoft::X`. */
  readonly op: string;
  /** The type of the deciding input; absent if the file does not declare it. */
  readonly type?: string;
  /** The number of nodes. */
  readonly count: number;
  /** The names of these nodes in the file. */
  readonly nodes: readonly string[];
}

export interface Placement {
  /** The number of nodes that compute on data, with functions expanded. */
  readonly nodes: number;
  /** The nodes without a kernel on the device, the most frequent operators first. */
  readonly lacks: readonly Lack[];
  /** The nodes whose operator or type is not in the tables, in the same order. Whether they have a kernel is unknown. */
  readonly unknown: readonly Lack[];
}

/** The element types of the tables by their numbers in ONNX. */
const DTYPES: Readonly<Record<number, ElementType>> = Object.fromEntries(
  (['f32', 'f16', 'i64', 'i8', 'bool'] as const).map((dtype) => [ONNX_DTYPE[dtype], dtype]),
);

/** The type of a deciding input: `undeclared` if the file does not declare it, `other` if no table contains it. */
export type Deciding = ElementType | 'undeclared' | 'other';

export const qualified = (name?: string | null, domain?: string | null): string =>
  domain && domain !== 'ai.onnx' ? `${domain}::${name ?? '?'}` : (name ?? '?');

const keyOf = (domain?: string | null, name?: string | null, overload?: string | null): string =>
  [domain || '', name, overload || ''].join('|');

const functionsOf = ({ functions }: Common<'ModelProto'>): ReadonlyMap<string, Common<'FunctionProto'>> =>
  new Map((functions ?? []).map((f) => [keyOf(f.domain, f.name, f.overload), f]));

interface ValueFacts {
  /** The element type as a TensorProto.DataType, if it is known. */
  readonly type: number | undefined;
  /** True if the value is computed from lengths and constants alone. */
  readonly aside: boolean;
}

/** The values that are in scope, by name. */
interface Names {
  readonly get: (name: string) => ValueFacts | undefined;
  readonly set: (name: string, facts: ValueFacts) => void;
}

/** An empty scope. A body also sees the values around it, which are not copied, because a file can have many bodies. */
function newNames(around?: Names): Names {
  const own = new Map<string, ValueFacts>();
  return {
    get: (name) => own.get(name) ?? around?.get(name),
    set: (name, facts) => void own.set(name, facts),
  };
}

/** Limits on the number of nodes and the depth of calls and bodies, because functions may call each other endlessly. */
const MOST_NODES = 200_000;
const DEEPEST = 16;

/** Calls `see` for every node that will run. `aside` is true if the node computes on lengths and constants alone. */
function walk(
  model: Common<'ModelProto'>,
  see: (node: Common<'NodeProto'>, names: Names, aside: boolean) => void,
): void {
  const functions = functionsOf(model);
  const versions = new Map(
    (model.opsetImport ?? []).map(({ domain, version }) => [domainOf(domain), Number(version ?? 0)]),
  );
  const versionOf = (domain?: string | null): number => versions.get(domainOf(domain ?? undefined)) ?? 1;
  let seen = 0;

  function visit(
    nodes: readonly Common<'NodeProto'>[],
    infos: readonly Common<'ValueInfoProto'>[],
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
      const callee = functions.get(keyOf(node.domain, node.opType, node.overload));
      const give = (typed: (i: number) => number | undefined): void => {
        for (const [i, name] of (node.output ?? []).entries())
          names.set(name, { aside, type: types.get(name) ?? typed(i) });
      };
      if (callee) {
        const unknown: ValueFacts = { aside: false, type: undefined };
        const inside = newNames();
        for (const [i, name] of (callee.input ?? []).entries())
          inside.set(name, names.get(inputs[i] ?? '') ?? unknown);
        visit(callee.node ?? [], callee.valueInfo ?? [], inside, depth + 1);
        give((i) => inside.get(callee.output?.[i] ?? '')?.type);
        continue;
      }
      // Types are inferred only if an output is not declared.
      let inferred: ReturnType<typeof outputTypes> | undefined;
      const ins = (): (number | undefined)[] => inputs.map((name) => names.get(name)?.type);
      give((i) => {
        inferred ??= outputTypes(node, ins(), versionOf(node.domain));
        return inferred(i);
      });
      see(node, names, aside);
      for (const body of bodies) visitGraph(body, newNames(names), depth + 1);
    }
  }

  function visitGraph(graph: Common<'GraphProto'>, names: Names, depth: number): void {
    for (const { name, type } of graph.input ?? [])
      names.set(name ?? '', { aside: false, type: type?.tensorType?.elemType ?? undefined });
    for (const { name, dataType } of graph.initializer ?? [])
      names.set(name ?? '', { aside: true, type: dataType ?? undefined });
    visit(graph.node ?? [], [...(graph.valueInfo ?? []), ...(graph.output ?? [])], names, depth);
  }

  if (model.graph) visitGraph(model.graph, newNames(), 0);
}

/**
 * Whether a provider has a kernel for this operator when its deciding input has this type; undefined if the tables do not
 * contain the operator or the type. A provider without a table has every kernel. If a table has a row for the operator, the
 * types that are missing from that row have no kernel. Without a type (a node of control flow has no deciding input), every
 * operator of the table has a kernel.
 */
export function hasKernel(provider: string, op: string, type?: Deciding): boolean | undefined {
  const table = KERNELS[provider];
  if (!table) return true;
  const types = table.get(op);
  if (types) {
    if (type === undefined) return true;
    return type === 'undeclared' || type === 'other' ? undefined : types.has(type);
  }
  const nowhere = CPU_ONLY.has(op) || CPU_ONLY_DOMAINS.some((domain) => op.startsWith(`${domain}::`));
  return nowhere || Object.values(KERNELS).some((other) => other.has(op)) ? false : undefined;
}

/** The names of the nodes that compute on data and therefore should run on the device. */
export function dataNodes(model: Common<'ModelProto'>): ReadonlySet<string> {
  const found = new Set<string>();
  walk(model, ({ name }, _, aside) => {
    if (!aside) found.add(name ?? '');
  });
  return found;
}

/** Collects nodes by operator and type. */
function collector(): {
  readonly add: (op: string, type: string | undefined, node: string) => void;
  readonly found: () => readonly Lack[];
} {
  const all = new Map<string, { op: string; type?: string; nodes: string[] }>();
  return {
    add(op, type, node) {
      const key = `${op} ${type}`;
      const one = all.get(key) ?? { op, ...(type && { type }), nodes: [] };
      all.set(key, one);
      one.nodes.push(node);
    },
    found: () =>
      [...all.values()]
        .map((one) => ({ ...one, count: one.nodes.length }))
        .sort((a, b) => b.count - a.count || (a.op < b.op ? -1 : 1)),
  };
}

/** Finds the nodes of a model without a kernel. Operators of unknown domains are left to `unknownOperators`. */
export function placementOn(provider: string, model: Common<'ModelProto'>): Placement {
  const [lacks, unknown] = [collector(), collector()];
  let nodes = 0;
  walk(model, (node, names, aside) => {
    if (aside) return;
    nodes++;
    if (!BUILT_IN.test(node.domain ?? '')) return;
    const op = qualified(node.opType, node.domain);
    const number = names.get(node.input?.[DECIDING_INPUT.get(op) ?? 0] ?? '')?.type;
    // Control flow has no deciding input.
    const typed = !node.attribute?.some(({ g }) => g);
    const type = number ? DTYPES[number] : undefined;
    const known = hasKernel(provider, op, typed ? (type ?? (number ? 'other' : 'undeclared')) : undefined);
    if (known === true) return;
    const shown = type ?? (number && known === undefined ? dtypeText(number) : undefined);
    (known === false ? lacks : unknown).add(op, typed ? shown : undefined, node.name ?? '');
  });
  return { nodes, lacks: lacks.found(), unknown: unknown.found() };
}

/** The domains whose operators are built into ONNX Runtime. */
const BUILT_IN = /^(ai\.onnx(\..*)?|com\.microsoft(\..*)?|com\.ms\..*)?$/;

/** The operators that no model-local function defines and whose domain ONNX Runtime does not have. */
export function unknownOperators(model: Common<'ModelProto'>): readonly string[] {
  const unknown = new Set<string>();
  walk(model, ({ opType, domain }) => {
    // Calls of model-local functions are expanded already.
    if (!BUILT_IN.test(domain ?? '')) unknown.add(qualified(opType, domain));
  });
  return [...unknown].sort();
}

export const countIn = (found: readonly Lack[]): number => found.reduce((sum, { count }) => sum + count, 0);

export const lackText = ({ op, type, count }: Lack): string => `${op}${type ? ` (${type})` : ''} × ${count}`;

/** An error (D549) for unknown operators, or else one warning (D548) for nodes that will run on the CPU. */
export function placementDiagnostics(
  path: string,
  model: Common<'ModelProto'>,
  device: Device,
): readonly Diagnostic[] {
  const unknown = unknownOperators(model);
  if (unknown.length > 0) {
    const message = `${path} uses operators that ONNX Runtime does not have: ${unknown.join(', ')}`;
    return [
      runtimeDiagnostic(
        'D549',
        message,
        'compile the model again, or run it in a program that registers these operators',
      ),
    ];
  }
  // The CPU has every kernel.
  if (!KERNELS[device.provider]) return [];
  const { nodes, lacks } = placementOn(device.provider, model);
  if (lacks.length === 0) return [];
  const count = countIn(lacks);
  const message = `${count} of ${nodes} nodes ${count === 1 ? 'has' : 'have'} no kernel on ${device.name} and ${count === 1 ? 'runs' : 'run'} on the CPU: ${lacks.map(lackText).join(', ')}`;
  const help = `\`benben inspect M.onnx --device ${device.name}\` lists these nodes by name`;
  return [runtimeDiagnostic('D548', message, help, 'warning')];
}

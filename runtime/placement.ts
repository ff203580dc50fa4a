/**
 * Which nodes of a model have no kernel on a device, told from the file alone. ONNX Runtime runs them on
 * the CPU and says nothing; a table of its kernels (kernel_tables.ts) says it before anything is loaded.
 *
 * A node is judged as it will run: calls of the model's own functions are expanded, bodies of loops
 * belong to the graph. Arithmetic on lengths and on constants does not count, since ONNX Runtime keeps
 * it on the CPU on every device, and so it should.
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
  /** Of what nobody here knows whether it has one: operators and types that the tables do not have. The same order. */
  readonly unknown: readonly Lack[];
}

/** The types of the tables by their numbers in ONNX. */
const DTYPES: Readonly<Record<number, ElementType>> = Object.fromEntries(
  (['f32', 'f16', 'i64', 'i8', 'bool'] as const).map((dtype) => [ONNX_DTYPE[dtype], dtype]),
);

/** In a file that does not tell a value's type, or tells one that no table has. */
export type Deciding = ElementType | 'untold' | 'other';

export const qualified = (name?: string | null, domain?: string | null): string =>
  domain && domain !== 'ai.onnx' ? `${domain}::${name ?? '?'}` : (name ?? '?');

const keyOf = (domain?: string | null, name?: string | null, overload?: string | null): string =>
  [domain || '', name, overload || ''].join('|');

const functionsOf = ({ functions }: Common<'ModelProto'>): ReadonlyMap<string, Common<'FunctionProto'>> =>
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
        const unknown: Known = { aside: false, type: undefined };
        const inside = new Map(
          (callee.input ?? []).map((name, i) => [name, names.get(inputs[i] ?? '') ?? unknown]),
        );
        visit(callee.node ?? [], callee.valueInfo ?? [], inside, depth + 1);
        give((i) => inside.get(callee.output?.[i] ?? '')?.type);
        continue;
      }
      // Asked for only where something is not declared.
      let of: ReturnType<typeof outputTypes> | undefined;
      const ins = (): (number | undefined)[] => inputs.map((name) => names.get(name)?.type);
      give((i) => {
        of ??= outputTypes(node, ins(), versionOf(node.domain));
        return of(i);
      });
      see(node, names, aside);
      for (const body of bodies) visitGraph(body, new Map(names), depth + 1);
    }
  }

  function visitGraph(graph: Common<'GraphProto'>, names: Names, depth: number): void {
    for (const { name, type } of graph.input ?? [])
      names.set(name ?? '', { aside: false, type: type?.tensorType?.elemType ?? undefined });
    for (const { name, dataType } of graph.initializer ?? [])
      names.set(name ?? '', { aside: true, type: dataType ?? undefined });
    visit(graph.node ?? [], [...(graph.valueInfo ?? []), ...(graph.output ?? [])], names, depth);
  }

  if (model.graph) visitGraph(model.graph, new Map(), 0);
}

/**
 * Whether the device has a kernel; undefined where the tables do not tell. An operator has no kernel for a type that
 * its row leaves out, of the types that tables have; without a type (control flow has none) for any that has a row.
 */
export function hasKernel(provider: string, op: string, type?: Deciding): boolean | undefined {
  const table = KERNELS[provider];
  if (!table) return true;
  const types = table.get(op);
  if (types) {
    if (type === undefined) return true;
    return type === 'untold' || type === 'other' ? undefined : types.has(type);
  }
  const nowhere = CPU_ONLY.has(op) || CPU_ONLY_DOMAINS.some((domain) => op.startsWith(`${domain}::`));
  return nowhere || Object.values(KERNELS).some((other) => other.has(op)) ? false : undefined;
}

/** The names of nodes that compute on data: those that are to run on the device. */
export function dataNodes(model: Common<'ModelProto'>): ReadonlySet<string> {
  const found = new Set<string>();
  walk(model, ({ name }, _, aside) => {
    if (!aside) found.add(name ?? '');
  });
  return found;
}

/** Operators and types, each with the nodes that have them. */
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

/** Operators of nobody are in neither list: `unknownOperators` tells them. */
export function placementOn(provider: string, model: Common<'ModelProto'>): Placement {
  const [lacks, unknown] = [collector(), collector()];
  let nodes = 0;
  walk(model, (node, names, aside) => {
    if (aside) return;
    nodes++;
    if (!BUILT_IN.test(node.domain ?? '')) return;
    const op = qualified(node.opType, node.domain);
    const number = names.get(node.input?.[DECIDING_INPUT[op] ?? 0] ?? '')?.type;
    // Control flow has no type of its own.
    const typed = !node.attribute?.some(({ g }) => g);
    const type = number ? DTYPES[number] : undefined;
    const known = hasKernel(provider, op, typed ? (type ?? (number ? 'other' : 'untold')) : undefined);
    if (known === true) return;
    const shown = type ?? (number && known === undefined ? dtypeText(number) : undefined);
    (known === false ? lacks : unknown).add(op, typed ? shown : undefined, node.name ?? '');
  });
  return { nodes, lacks: lacks.found(), unknown: unknown.found() };
}

/** The domains whose operators ONNX Runtime brings. */
const BUILT_IN = /^(ai\.onnx(\..*)?|com\.microsoft(\..*)?|com\.ms\..*)?$/;

/** Operators of a domain that ONNX Runtime does not have, without a function that says what they mean. */
export function unknownOperators(model: Common<'ModelProto'>): readonly string[] {
  const unknown = new Set<string>();
  walk(model, ({ opType, domain }) => {
    // Calls of the model's own functions are expanded: what is left must be ONNX Runtime's own.
    if (!BUILT_IN.test(domain ?? '')) unknown.add(qualified(opType, domain));
  });
  return [...unknown].sort();
}

export const countIn = (found: readonly Lack[]): number => found.reduce((sum, { count }) => sum + count, 0);

export const lackText = ({ op, type, count }: Lack): string => `${op}${type ? ` (${type})` : ''} × ${count}`;

/** An error for operators that nobody knows; one warning for those that will run on the CPU. */
export function placementDiagnostics(
  path: string,
  model: Common<'ModelProto'>,
  device: Device,
): readonly Diagnostic[] {
  const unknown = unknownOperators(model);
  if (unknown.length > 0) {
    const message = `${path} uses operators that ONNX Runtime does not know: ${unknown.join(', ')}`;
    return [runtimeDiagnostic('D549', message, 'compile it again, or load it where they are registered')];
  }
  // The CPU has every kernel.
  if (!KERNELS[device.provider]) return [];
  const { nodes, lacks } = placementOn(device.provider, model);
  if (lacks.length === 0) return [];
  const count = countIn(lacks);
  const message = `${count} of ${nodes} nodes ${count === 1 ? 'has' : 'have'} no kernel on ${device.name} and ${count === 1 ? 'runs' : 'run'} on the CPU: ${lacks.map(lackText).join(', ')}`;
  const help = `\`benben inspect M.onnx --device ${device.name}\` lists them by name`;
  return [runtimeDiagnostic('D548', message, help, 'warning')];
}

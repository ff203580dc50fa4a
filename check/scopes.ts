/**
 * The scopes of a model, and which node reads which value. A scope is a list of nodes: the graph, a function, or a body
 * of `If`, `Loop` or `Scan`. A body can also read the values of the scopes that enclose it. One pass over all nodes
 * finds the scopes, and collects the violations that the rules of names.ts report.
 */

import type { Attribute, Graph, LocalFunction, Model, Node } from '../compiler/onnx/model.ts';
import { cyclesIn } from './cycles.ts';
import { functionKey, importsIn } from './keys.ts';
import { shown } from './rule.ts';
import { domainOf } from './schema.ts';

export interface Scope {
  readonly kind: 'graph' | 'body' | 'function';
  /** The key of the function that the scope belongs to; '' for the graph. */
  readonly root: string;
  /** The name of the scope in messages, such as `graph 'main'`. */
  readonly where: string;
  readonly graph?: Graph;
  readonly function?: LocalFunction;
  readonly nodes: readonly Node[];
  readonly parent?: { readonly scope: Scope; readonly node: number };
  /** The imported version of each domain. */
  readonly imports: ReadonlyMap<string, number>;
  /** The values that the scope itself defines, by name. */
  readonly defined: ReadonlyMap<string, Definition>;
  /** For each node, the values of this scope that the node or its bodies read. */
  readonly reads: readonly (readonly string[])[];
  /** Groups of nodes that depend on each other. */
  readonly cycles: readonly (readonly number[])[];
}

/** A part of the model that can contain tensors: a scope, or a graph of the training information. */
export type Part = Pick<Scope, 'where' | 'nodes' | 'graph'>;

export interface Definition {
  readonly by: 'input' | 'initializer' | 'node';
  /** The index of the node that defines the value; -1 if no node does. */
  readonly node: number;
  read: boolean;
}

interface At {
  readonly scope: Scope;
  /** The index of the node; -1 for the scope itself. */
  readonly node: number;
  readonly name: string;
}

/** Invalid names and invalid order, which the rules of names.ts report. */
export interface Trouble {
  readonly twice: readonly (At & { readonly first: Definition })[];
  readonly shadowing: readonly (At & { readonly outer: Scope })[];
  readonly undefined: readonly At[];
  readonly early: readonly (At & { readonly producer: number })[];
  /** Outputs of a scope that nothing produces. `outer` is true if an enclosing scope has a value of that name. */
  readonly unproduced: readonly (At & { readonly outer: boolean })[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** The state of the pass over the nodes of a model. */
interface Walk {
  readonly imports: ReadonlyMap<string, number>;
  readonly scopes: Scope[];
  readonly trouble: Mutable<Trouble>;
}

interface Open extends Mutable<Pick<Scope, 'cycles'>> {
  readonly walk: Walk;
  readonly scope: Scope;
  readonly defined: Map<string, Definition>;
  /** For each name, the first node of the scope that outputs it. The node may not have been visited yet. */
  readonly later: Map<string, number>;
  readonly reads: string[][];
  readonly outer: Open | undefined;
  current: number;
  disordered: boolean;
}

export const graphsOf = ({ g, graphs }: Attribute): readonly Graph[] => (g ? [g, ...graphs] : graphs);

/** Formats the position of a node, such as `graph 'main', node 3 'x' (MatMul)`. */
export function whereNode({ where, nodes }: Pick<Scope, 'where' | 'nodes'>, index: number): string {
  const node = nodes[index];
  if (!node) return where;
  const domain = domainOf(node.domain);
  const name = node.name ? ` '${shown(node.name)}'` : '';
  return `${where}, node ${index}${name} (${shown(domain === '' ? '' : `${domain}::`)}${shown(node.opType)})`;
}

function open(walk: Walk, given: Omit<Scope, 'defined' | 'reads' | 'cycles'>, outer: Open | undefined): Open {
  const defined = new Map<string, Definition>();
  const reads: string[][] = [];
  const cycles: number[][] = [];
  const scope: Scope = { ...given, defined, reads, cycles };
  walk.scopes.push(scope);
  return { walk, scope, defined, reads, cycles, later: new Map(), outer, current: -1, disordered: false };
}

function define(here: Open, name: string, by: Definition['by'], node = -1): void {
  if (name === '') return;
  const { scope } = here;
  const first = here.defined.get(name);
  // Files before IR version 4 list their weights among the inputs too.
  if (first && !(by === 'initializer' && first.by === 'input'))
    here.walk.trouble.twice.push({ scope, node, name, first });
  const outer = first ? undefined : holder(here.outer, name);
  if (outer) here.walk.trouble.shadowing.push({ scope, node, name, outer: outer.scope });
  if (!first) here.defined.set(name, { by, node, read: false });
  else if (by === 'initializer') here.defined.set(name, { ...first, by });
}

const holder = (from: Open | undefined, name: string): Open | undefined => {
  for (let o = from; o; o = o.outer) if (o.defined.has(name)) return o;
  return undefined;
};

function read(here: Open, node: number, name: string): void {
  if (name === '') return;
  const found = holder(here, name);
  if (found) {
    found.defined.get(name)!.read = true;
    found.reads[found.current]!.push(name);
    return;
  }
  for (let o: Open | undefined = here; o; o = o.outer) {
    const producer = o.later.get(name);
    if (producer === undefined) continue;
    o.disordered = true;
    o.reads[o.current]!.push(name);
    here.walk.trouble.early.push({ scope: o.scope, node: o.current, name, producer });
    return;
  }
  here.walk.trouble.undefined.push({ scope: here.scope, node, name });
}

function visitNodes(here: Open): void {
  const { scope } = here;
  scope.nodes.forEach(({ output }, i) => {
    for (const name of output) if (name !== '' && !here.later.has(name)) here.later.set(name, i);
  });
  scope.nodes.forEach((node, i) => {
    here.current = i;
    here.reads[i] ??= [];
    for (const name of node.input) read(here, i, name);
    for (const attribute of node.attribute) {
      for (const graph of graphsOf(attribute)) visitGraph(here.walk, graph, 'body', here, attribute.name);
    }
    for (const name of node.output) define(here, name, 'node', i);
  });
  here.current = -1;
  if (here.disordered) for (const cycle of cyclesIn(here.reads, here.later)) here.cycles.push(cycle);
}

function close(here: Open, outputs: readonly string[]): void {
  const { scope } = here;
  for (const name of outputs) {
    const found = here.defined.get(name);
    if (found) found.read = true;
    else if (name !== '') {
      const outer = holder(here.outer, name);
      // The output refers to the outer value, so this value counts as read.
      if (outer) read(here, -1, name);
      here.walk.trouble.unproduced.push({ scope, node: -1, name, outer: outer !== undefined });
    }
  }
}

function visitGraph(
  walk: Walk,
  graph: Graph,
  kind: 'graph' | 'body',
  outer?: Open,
  attribute?: string,
): void {
  const where = outer
    ? `${whereNode(outer.scope, outer.current)}, ${shown(attribute)}`
    : `graph '${shown(graph.name)}'`;
  const root = outer?.scope.root ?? '';
  const parent = outer && { scope: outer.scope, node: outer.current };
  const versions = outer?.scope.imports ?? walk.imports;
  const given = {
    kind,
    root,
    where,
    graph,
    nodes: graph.node,
    imports: versions,
    ...(parent && { parent }),
  };
  const here = open(walk, given, outer);
  for (const { name } of graph.input) define(here, name ?? '', 'input');
  for (const { name } of graph.initializer) define(here, name ?? '', 'initializer');
  for (const { values } of graph.sparseInitializer) define(here, values?.name ?? '', 'initializer');
  visitNodes(here);
  close(
    here,
    graph.output.map(({ name }) => name ?? ''),
  );
}

export function scopesOf(
  model: Model,
  imports: ReadonlyMap<string, number>,
): { scopes: readonly Scope[]; trouble: Trouble } {
  const scopes: Scope[] = [];
  const trouble: Mutable<Trouble> = { twice: [], shadowing: [], undefined: [], early: [], unproduced: [] };
  const walk: Walk = { imports, scopes, trouble };
  if (model.graph) visitGraph(walk, model.graph, 'graph');
  for (const f of model.functions) {
    const overload = f.overload ? ` (${shown(f.overload)})` : '';
    const here = open(
      walk,
      {
        kind: 'function',
        root: functionKey(f.domain, f.name, f.overload),
        where: `function ${shown(domainOf(f.domain))}::${shown(f.name)}${overload}`,
        function: f,
        nodes: f.node,
        imports: importsIn(f.opsetImport),
      },
      undefined,
    );
    for (const name of f.input) define(here, name, 'input');
    visitNodes(here);
    close(here, f.output);
  }
  return { scopes, trouble };
}

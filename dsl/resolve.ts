/**
 * Makes a Program from an AST: resolves names and inheritance, fills in defaults, and checks that values fit each
 * other. It accepts partial trees and does not report mistakes that only follow from a syntax mistake. For a text with
 * errors there is no Program.
 */
import type { Ast, ModelNode, NameNode } from './ast.ts';
import { modelsIn, resolveCheck } from './budgets.ts';
import { complete } from './complete.ts';
import type { Diagnostic, Label, Outcome } from './diagnostics.ts';
import type { KindTables } from './kinds.ts';
import { clip, inOrder, problem } from './problem.ts';
import { readModel } from './read_model.ts';
import { inherit, type ModelSettings, type Reading } from './settings.ts';
import type { Budget, Checkable, CheckSpec, ModelSpec, Program } from './spec.ts';
import { suggest } from './suggest.ts';
import { isForeign } from './tokens.ts';

/** The greatest number of models in one file. */
const MAX_MODELS = 1000;

/** The result of `resolve`. `checkable` is present even if other parts of the file have mistakes. */
export type Resolved = Outcome<Program> & {
  readonly checkable?: Checkable;
};

export function resolve(ast: Ast, kinds: KindTables): Resolved {
  const diagnostics = new Map<string, Diagnostic>();
  const report = (d: Diagnostic) => {
    // A model that extends another reports the inherited mistakes again, so repeated diagnostics are dropped.
    const at = d.labels[0]?.span;
    const key = `${d.code} ${at?.start} ${at?.end}`;
    if (!diagnostics.has(key)) diagnostics.set(key, d);
  };
  const faulty = new Set<ModelNode>();
  const readingOf = (node: ModelNode): Reading => ({
    kinds,
    report: (d) => {
      if (d.severity === 'error') faulty.add(node);
      report(d);
    },
  });

  const nodes = ast.items.filter((item) => item.type === 'model');
  const surplus = nodes[MAX_MODELS];
  if (surplus) {
    const message = `the file has ${nodes.length} models; at most ${MAX_MODELS} are allowed`;
    return {
      diagnostics: [
        problem(
          'D203',
          message,
          [{ span: surplus.span, text: 'the first model beyond the limit' }],
          'split the file',
        ),
      ],
    };
  }
  const named = nameModels(nodes, report);
  const isModel = modelFinder(ast, named, report);
  const parents = parentsOf(nodes, named, isModel);
  cutCycles(nodes, parents, report);
  const own = new Map(nodes.map((node) => [node, readModel(node, readingOf(node))]));
  const settings = inheritAll(nodes, parents, own);
  const models = nodes.map((node) => complete(settings.get(node)!, readingOf(node)));

  const specOf = new Map(nodes.map((node, i) => [node, models[i]]));
  const spec = (name: string): ModelSpec | undefined => specOf.get(named.get(name)!);
  const checking = { kinds, report, isModel, models: [...named.keys()], spec };
  const written = ast.items.filter((item) => item.type === 'check');
  const checks = written.map((node) => resolveCheck(node, checking));

  const twice = doubled(nodes, named);
  const isSound = (node: ModelNode): boolean => !twice.has(nameOf(node)) && !isFaulty(node, parents, faulty);
  const sound = nodes.flatMap((node) => (isSound(node) && specOf.get(node)) || []);
  const checkable = {
    ...aboutThose(sound, checks),
    written: written.reduce((sum, { budgets }) => sum + budgets.length, 0),
  };

  const found = inOrder([...diagnostics.values()]);
  const whole =
    models.every((m) => m !== undefined) &&
    checks.every((c, i) => c !== undefined && c.budgets.length === written[i]!.budgets.length);
  if (!whole || found.some(({ severity }) => severity === 'error')) return { checkable, diagnostics: found };
  return { value: { models, checks: checks.flatMap((c) => c ?? []) }, checkable, diagnostics: found };
}

/** The budgets that measure only the given models. */
function aboutThose(models: readonly ModelSpec[], checks: readonly (CheckSpec | undefined)[]): Program {
  const names = new Set(models.map(({ name }) => name));
  const known = ({ left, right }: Budget): boolean =>
    [left, right].flatMap(modelsIn).every((name) => names.has(name));
  const about = checks.flatMap((check) => {
    const budgets = check && names.has(check.model) ? check.budgets.filter(known) : [];
    return check && budgets.length > 0 ? [{ ...check, budgets }] : [];
  });
  return { models, checks: about };
}

const nameOf = ({ name }: ModelNode): string => name?.text ?? '';

/** The set of names that are used by more than one model. */
const doubled = (nodes: readonly ModelNode[], named: ReadonlyMap<string, ModelNode>): ReadonlySet<string> =>
  new Set(nodes.filter((node) => named.get(nameOf(node)) !== node).map(nameOf));

/** Whether a model, or a model that it inherits from, has a mistake. */
function isFaulty(node: ModelNode, parents: Parents, faulty: ReadonlySet<ModelNode>): boolean {
  let one: ModelNode | 'lost' | undefined = node;
  while (one && one !== 'lost' && !faulty.has(one)) one = parents.get(one);
  return one !== undefined;
}

function nameModels(nodes: readonly ModelNode[], report: Reading['report']): ReadonlyMap<string, ModelNode> {
  const named = new Map<string, ModelNode>();
  for (const node of nodes) {
    if (!node.name) continue;
    const { text, span } = node.name;
    const earlier = named.get(text);
    if (!earlier || earlier.broken) {
      named.set(text, node);
    } else if (!node.broken) {
      // An item with a broken header, such as `model A.macs <= 3`, is perhaps not meant as a model.
      const labels = [
        { span, text: 'defined again' },
        { span: earlier.name!.span, text: 'first defined here' },
      ];
      report(problem('D103', `the model \`${clip(text)}\` is defined twice`, labels));
    }
  }
  return named;
}

function modelFinder(ast: Ast, named: ReadonlyMap<string, ModelNode>, report: Reading['report']) {
  return ({ text, span }: NameNode): boolean => {
    if (named.has(text)) return true;
    if (isForeign(text)) return false;
    const known = [...named.keys()];
    const near = suggest(text, known);
    // The name may belong to a model that could not be read because of a syntax mistake.
    if (ast.lost.includes(text) || (ast.nameless && near === undefined)) return false;
    const few = known.slice(0, 8).map((k) => `\`${clip(k)}\``);
    const help =
      near !== undefined
        ? `did you mean \`${near}\`?`
        : few.length > 0
          ? `the models of this file are: ${few.join(', ')}${known.length > few.length ? ', …' : ''}`
          : 'define it in this file';
    report(problem('D104', `there is no model \`${clip(text)}\``, [{ span, text: '' }], help));
    return false;
  };
}

/** The parent of each model that extends another; `lost` if the parent does not exist. */
type Parents = Map<ModelNode, ModelNode | 'lost'>;

function parentsOf(
  nodes: readonly ModelNode[],
  named: ReadonlyMap<string, ModelNode>,
  isModel: (name: NameNode) => boolean,
): Parents {
  const parents: Parents = new Map();
  for (const node of nodes) {
    if (!node.parent) continue;
    const known = isModel(node.parent);
    parents.set(node, (known && named.get(node.parent.text)) || 'lost');
  }
  return parents;
}

/** Reports each circle once, at its first model in the text, and cuts all of its links. */
function cutCycles(nodes: readonly ModelNode[], parents: Parents, report: Reading['report']): void {
  const done = new Set<ModelNode>();
  for (const start of nodes) {
    const path: ModelNode[] = [];
    const onPath = new Set<ModelNode>();
    let node: ModelNode | undefined = start;
    while (node && !done.has(node) && !onPath.has(node)) {
      path.push(node);
      onPath.add(node);
      const parent: ModelNode | 'lost' | undefined = parents.get(node);
      node = parent === 'lost' ? undefined : parent;
    }
    if (node && onPath.has(node)) {
      const circle = path.slice(path.indexOf(node));
      report(circular(circle));
      for (const member of circle) parents.set(member, 'lost');
    }
    for (const visited of path) done.add(visited);
  }
}

function circular(circle: readonly ModelNode[]): Diagnostic {
  const first = circle.reduce((a, b) => (b.span.start < a.span.start ? b : a));
  const at = circle.indexOf(first);
  const ordered = [...circle.slice(at), ...circle.slice(0, at)];
  const names = ordered.map((n) => `\`${clip(n.name?.text ?? '')}\``);
  const labels: Label[] = ordered.slice(0, 4).map((n, i) => ({
    span: n.parent?.span ?? n.span,
    text: `${names[i]} extends ${names[(i + 1) % names.length]}`,
  }));
  const message =
    ordered.length === 1
      ? `${names[0]} extends itself`
      : `${names[0]} extends itself through ${names.slice(1, 4).join(', ')}${names.length > 4 ? ', …' : ''}`;
  return problem('D105', message, labels);
}

/** The settings of each model, merged with the settings of all models that it extends. */
function inheritAll(
  nodes: readonly ModelNode[],
  parents: Parents,
  own: ReadonlyMap<ModelNode, ModelSettings>,
): ReadonlyMap<ModelNode, ModelSettings> {
  const settled = new Map<ModelNode, ModelSettings>();
  for (const start of nodes) {
    const chain: ModelNode[] = [];
    let node: ModelNode | undefined = start;
    while (node && !settled.has(node)) {
      chain.push(node);
      const parent: ModelNode | 'lost' | undefined = parents.get(node);
      node = parent === 'lost' ? undefined : parent;
    }
    for (const member of chain.reverse()) {
      const mine = own.get(member)!;
      const parent = parents.get(member);
      const merged =
        parent === 'lost' ? { ...mine, open: true } : parent ? inherit(settled.get(parent)!, mine) : mine;
      settled.set(member, merged);
    }
  }
  return settled;
}

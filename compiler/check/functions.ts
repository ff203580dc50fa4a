/** Model-local functions: told apart, called as they are declared, and never coming back to themselves. */
import type { Facts } from './facts.ts';
import { calledBy, functionKey } from './keys.ts';
import type { LocalFunction, Node } from './model.ts';
import { counted, type Finding, listed, type Rules, shown } from './rule.ts';
import { domainOf, schemaOf } from './schema.ts';
import { type Scope, whereNode } from './scopes.ts';

const nameOf = ({ domain, name, overload }: LocalFunction): string =>
  `${shown(domainOf(domain))}::${shown(name)}${overload ? ` (${shown(overload)})` : ''}`;

/** What a call is held against; found once for each function, however often it is called. */
interface Declared {
  readonly f: LocalFunction;
  /** Inputs that the body cannot do without, by their places. */
  readonly needed: ReadonlyMap<number, string>;
  /** Attributes without a default, by their names. */
  readonly open: ReadonlyMap<string, string>;
  readonly attributes: ReadonlySet<string>;
  readonly help: string;
}

/** Names that a body cannot do without: an operator takes them that may not be called without. */
function namesNeeded({ byRoot, functions }: Facts, root: string): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const { nodes, imports } of byRoot.get(root) ?? []) {
    for (const node of nodes) {
      if (calledBy(node, functions)) continue;
      const name = domainOf(node.domain);
      const schema = schemaOf(name, node.opType ?? '', imports.get(name) ?? 0);
      if (typeof schema !== 'object') continue;
      for (const [i, given] of node.input.entries())
        if (schema.inputs[i]?.optional !== true) needed.add(given);
    }
  }
  return needed;
}

function declaredBy(facts: Facts, f: LocalFunction): Declared {
  const needed = namesNeeded(facts, functionKey(f.domain, f.name, f.overload));
  const attributes = [...f.attribute, ...f.attributeProto.map(({ name }) => name ?? '')];
  return {
    f,
    needed: new Map([...f.input.entries()].filter(([, name]) => needed.has(name))),
    open: new Map(f.attribute.map((name) => [name, name])),
    attributes: new Set(attributes),
    help: `function ${nameOf(f)} is declared with ${counted(f.input.length, 'input')}, ${counted(f.output.length, 'output')} and the attributes [${listed(attributes, 20)}]`,
  };
}

/** Of those that a call should give the ones that it does not; in steps of what it gives, for calls can be many. */
function lacking<K>(wanted: ReadonlyMap<K, string>, given: ReadonlySet<K>): string | undefined {
  let count = wanted.size;
  for (const key of given) if (wanted.has(key)) count--;
  const first: string[] = [];
  for (const [key, name] of wanted) {
    if (first.length === Math.min(count, 5)) break;
    if (!given.has(key)) first.push(name);
  }
  return count > 0 ? listed(first, 5, count) : undefined;
}

function* misfits(scope: Scope, i: number, node: Node, declared: Declared): Generator<Finding> {
  const { f, help } = declared;
  const wrong = (message: string): Finding => ({ message, where: whereNode(scope, i), help });
  const { input, output } = node;
  if (input.length > f.input.length)
    yield wrong(`the call has ${counted(input.length, 'input')}, and the function ${f.input.length}`);
  const left = lacking(declared.needed, new Set(input.flatMap((name, k) => (name ? [k] : []))));
  if (left !== undefined) yield wrong(`the call leaves out ${left}, which the function needs`);
  if (output.length > f.output.length)
    yield wrong(`the call has ${counted(output.length, 'output')}, and the function ${f.output.length}`);
  const given = new Set(node.attribute.map(({ name }) => name ?? ''));
  const strange = [...given].filter((name) => !declared.attributes.has(name));
  if (strange.length > 0) yield wrong(`the function has no attribute ${listed(strange)}`);
  const open = lacking(declared.open, given);
  if (open !== undefined) yield wrong(`the call lacks the attribute ${open}`);
}

export const FUNCTIONS: Rules = {
  D620: {
    title: 'two functions of one name',
    cause:
      'A function is known by its domain, name and overload, and a node must be able to tell which it calls.',
    advice: 'give one of them another `overload`',
    *find({ model, functions }) {
      for (const f of model.functions) {
        if (functions.get(functionKey(f.domain, f.name, f.overload)) !== f)
          yield { message: `function ${nameOf(f)} is there twice` };
      }
    },
  },
  D621: {
    title: 'functions that call themselves',
    cause: 'Functions are expanded where they are called; one that comes back to itself never ends.',
    advice: 'use a `Loop` for what is to be repeated',
    *find({ recursive, functions }) {
      if (recursive.size === 0) return;
      const names = [...functions].filter(([key]) => recursive.has(key)).map(([, f]) => nameOf(f));
      yield { message: `functions that call themselves, or one that does: ${listed(names)}` };
    },
  },
  D622: {
    title: 'functions that nobody calls',
    severity: 'warning',
    cause: 'No node of the graph, and no function that is called from there, calls them.',
    advice: 'leave them out',
    *find({ model, byRoot, functions }) {
      const called = new Set<string>();
      const work = [''];
      for (const root of work) {
        for (const scope of byRoot.get(root) ?? []) {
          for (const { domain, opType, overload } of scope.nodes) {
            const key = functionKey(domain, opType, overload);
            if (!functions.has(key) || called.has(key)) continue;
            called.add(key);
            work.push(key);
          }
        }
      }
      const idle = model.functions.filter((f) => !called.has(functionKey(f.domain, f.name, f.overload)));
      if (idle.length > 0) yield { message: `functions that nobody calls: ${listed(idle.map(nameOf))}` };
    },
  },
  D623: {
    title: 'a function is called as it is not declared',
    cause:
      'A call gives at most as many inputs and outputs as the function has, all inputs that its body cannot do without, all attributes without a default, and no others.',
    advice: 'compare the call with the function',
    *find(facts) {
      if (facts.functions.size === 0) return;
      const declared = new Map<LocalFunction, Declared>();
      for (const scope of facts.scopes) {
        for (const [i, node] of scope.nodes.entries()) {
          const f = calledBy(node, facts.functions);
          if (!f) continue;
          if (!declared.has(f)) declared.set(f, declaredBy(facts, f));
          yield* misfits(scope, i, node, declared.get(f)!);
        }
      }
    },
  },
  D624: {
    title: 'a reference to an attribute that is not there',
    cause:
      'Inside a function an attribute may stand for one of the function’s own; it must be one that is declared.',
    advice: 'declare the attribute in the function, or write a value',
    *find({ scopes, functions }) {
      for (const scope of scopes) {
        const f = functions.get(scope.root);
        const declared = new Set(f && [...f.attribute, ...f.attributeProto.map(({ name }) => name ?? '')]);
        for (const [i, { attribute }] of scope.nodes.entries()) {
          for (const { name, refAttrName } of attribute) {
            if (!refAttrName || declared.has(refAttrName)) continue;
            const why = f ? 'the function declares no such attribute' : 'there is no function around it';
            yield {
              message: `the attribute ${shown(name)} stands for '${shown(refAttrName)}': ${why}`,
              where: whereNode(scope, i),
            };
          }
        }
      }
    },
  },
};

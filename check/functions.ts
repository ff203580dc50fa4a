/** Model-local functions: told apart, called as they are declared, and never coming back to themselves. */

import type { LocalFunction, Node } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import { calledBy, functionKey } from './keys.ts';
import { counted, type Finding, listed, type Rules, shown } from './rule.ts';
import { domainOf, kindText, type Schema, schemaOf, typeOfAttribute } from './schema.ts';
import { type Scope, whereNode } from './scopes.ts';

const nameOf = ({ domain, name, overload }: LocalFunction): string =>
  `${shown(domainOf(domain))}::${shown(name)}${overload ? ` (${shown(overload)})` : ''}`;

/** What a call is held against; found once for each function, however often it is called. */
interface Declared {
  readonly f: LocalFunction;
  /** Inputs that the body cannot do without, by their places. */
  readonly needed: ReadonlyMap<number, string>;
  /** Attributes without a default, by their names: those that an operator of the body must have, and the others. */
  readonly required: ReadonlyMap<string, string>;
  readonly open: ReadonlyMap<string, string>;
  readonly attributes: ReadonlySet<string>;
  /** What the body, and the defaults, take attributes for; by name. */
  readonly uses: ReadonlyMap<string, AttributeUse>;
  readonly help: string;
}

interface AttributeUse {
  /** AttributeProto.AttributeType. */
  readonly type: number;
  /** An operator of the body must have it. */
  readonly required: boolean;
}

function attributeUses({ byRoot, functions }: Facts, f: LocalFunction): ReadonlyMap<string, AttributeUse> {
  const uses = new Map<string, AttributeUse>();
  const use = (name: string | undefined, type: number, required: boolean): void => {
    const known = uses.get(name ?? '');
    uses.set(name ?? '', { type: known?.type || type, required: required || known?.required === true });
  };
  for (const a of f.attributeProto) use(a.name, typeOfAttribute(a), false);
  for (const { nodes, imports } of byRoot.get(functionKey(f.domain, f.name, f.overload)) ?? []) {
    for (const node of nodes) {
      for (const { name, refAttrName, type = 0 } of node.attribute) {
        if (!refAttrName) continue;
        const schema = calledBy(node, functions) ? undefined : schemaOfNode(node, imports);
        use(refAttrName, type, schema?.attributes.get(name ?? '')?.required === true);
      }
    }
  }
  return uses;
}

const schemaOfNode = ({ domain, opType }: Node, imports: Scope['imports']): Schema | undefined => {
  const name = domainOf(domain);
  const schema = schemaOf(name, opType ?? '', imports.get(name) ?? 0);
  return typeof schema === 'object' ? schema : undefined;
};

/** Names that a body cannot do without: an operator takes them that may not be called without. */
function namesNeeded({ byRoot, functions }: Facts, root: string): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const { nodes, imports } of byRoot.get(root) ?? []) {
    for (const node of nodes) {
      if (calledBy(node, functions)) continue;
      const schema = schemaOfNode(node, imports);
      if (!schema) continue;
      for (const [i, given] of node.input.entries())
        if (schema.inputs[i]?.optional !== true) needed.add(given);
    }
  }
  return needed;
}

function declaredBy(facts: Facts, f: LocalFunction): Declared {
  const needed = namesNeeded(facts, functionKey(f.domain, f.name, f.overload));
  const attributes = [...f.attribute, ...f.attributeProto.map(({ name }) => name ?? '')];
  const uses = attributeUses(facts, f);
  const named = (names: readonly string[]) => new Map(names.map((name) => [name, name]));
  return {
    f,
    needed: new Map([...f.input.entries()].filter(([, name]) => needed.has(name))),
    required: named(f.attribute.filter((name) => uses.get(name)?.required)),
    open: named(f.attribute.filter((name) => !uses.get(name)?.required)),
    attributes: new Set(attributes),
    uses,
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
  for (const a of node.attribute) {
    const [type, wanted] = [typeOfAttribute(a), declared.uses.get(a.name ?? '')?.type];
    if (!type || !wanted || type === wanted) continue;
    yield wrong(
      `the attribute '${shown(a.name)}' is ${kindText(type)}, and the function takes ${kindText(wanted)}`,
    );
  }
  const required = lacking(declared.required, given);
  if (required !== undefined) yield wrong(`the call lacks the attribute ${required}`);
  const open = lacking(declared.open, given);
  if (open === undefined) return;
  const message = `the call lacks the attribute ${open}: the operators of the function run with their own defaults`;
  yield { ...wrong(message), severity: 'warning' };
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
      'A call gives at most as many inputs and outputs as the function has, all inputs that its body cannot do without, all attributes without a default, of the kind that its body takes them for, and no others. A runtime may do without an attribute that only stands for ones with defaults: that is a warning.',
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

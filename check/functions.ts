/** Rules of model-local functions: unique names, calls that fit the declaration, and no recursion. */

import type { LocalFunction, Node } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import { calledBy, functionKey } from './keys.ts';
import { counted, type Finding, listed, type Rules, shown } from './rule.ts';
import { attributeTypeText, domainOf, type Schema, schemaOf, typeOfAttribute } from './schema.ts';
import { type Scope, whereNode } from './scopes.ts';

const nameOf = ({ domain, name, overload }: LocalFunction): string =>
  `${shown(domainOf(domain))}::${shown(name)}${overload ? ` (${shown(overload)})` : ''}`;

/** The declaration of a function, with which its calls are compared. It is computed once for each function. */
interface Declared {
  readonly f: LocalFunction;
  /** The inputs that the body requires, by position. */
  readonly needed: ReadonlyMap<number, string>;
  /** The attributes without a default that an operator of the body requires, by name. */
  readonly required: ReadonlyMap<string, string>;
  /** The other attributes without a default. */
  readonly open: ReadonlyMap<string, string>;
  readonly attributes: ReadonlySet<string>;
  /** How the body and the defaults use each attribute, by name. */
  readonly uses: ReadonlyMap<string, AttributeUse>;
  readonly help: string;
}

interface AttributeUse {
  /** AttributeProto.AttributeType. */
  readonly type: number;
  /** Whether an operator of the body requires the attribute. */
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

/** The names that a body requires, because an operator reads them as an input that is not optional. */
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

/**
 * The `wanted` keys that are not given, as text; undefined if all are given. A model can have many calls, so the time
 * depends only on the number of given keys.
 */
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
    yield wrong(`the call has ${counted(input.length, 'input')}, but the function has ${f.input.length}`);
  const left = lacking(declared.needed, new Set(input.flatMap((name, k) => (name ? [k] : []))));
  if (left !== undefined) yield wrong(`the call leaves out ${left}, which the function requires`);
  if (output.length > f.output.length)
    yield wrong(`the call has ${counted(output.length, 'output')}, but the function has ${f.output.length}`);
  const given = new Set(node.attribute.map(({ name }) => name ?? ''));
  const strange = [...given].filter((name) => !declared.attributes.has(name));
  if (strange.length > 0) yield wrong(`the function has no attribute ${listed(strange)}`);
  for (const a of node.attribute) {
    const [type, wanted] = [typeOfAttribute(a), declared.uses.get(a.name ?? '')?.type];
    if (!type || !wanted || type === wanted) continue;
    yield wrong(
      `the attribute '${shown(a.name)}' is ${attributeTypeText(type)}, but the function takes ${attributeTypeText(wanted)}`,
    );
  }
  const required = lacking(declared.required, given);
  if (required !== undefined) yield wrong(`the call lacks the attribute ${required}`);
  const open = lacking(declared.open, given);
  if (open === undefined) return;
  const message = `the call lacks the attribute ${open}, so the operators of the function use their own defaults`;
  yield { ...wrong(message), severity: 'warning' };
}

/** The keys of the functions that the graph calls, directly or through other functions. */
export function calledFunctions({ byRoot, functions }: Facts): ReadonlySet<string> {
  const called = new Set<string>();
  if (functions.size === 0) return called;
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
  return called;
}

export const FUNCTIONS: Rules = {
  D620: {
    title: 'two functions with the same name',
    cause:
      'A function is identified by its domain, name and overload. If two functions have all three in common, it is not clear which function a node calls.',
    advice: 'give one of them another `overload`',
    *find({ model, functions }) {
      for (const f of model.functions) {
        if (functions.get(functionKey(f.domain, f.name, f.overload)) !== f)
          yield { message: `function ${nameOf(f)} is defined twice` };
      }
    },
  },
  D621: {
    title: 'functions that call themselves',
    cause:
      'A runtime replaces each call of a function by its body. If a function calls itself, directly or through other functions, the replacement never ends.',
    advice: 'use a `Loop` for repetition',
    *find({ recursive, functions }) {
      if (recursive.size === 0) return;
      const names = [...functions].filter(([key]) => recursive.has(key)).map(([, f]) => nameOf(f));
      yield { message: `functions that call themselves, or call such a function: ${listed(names)}` };
    },
  },
  D622: {
    title: 'functions that are never called',
    severity: 'warning',
    cause: 'The graph does not call these functions, neither directly nor through other functions.',
    advice: 'remove them',
    *find(facts) {
      const { model } = facts;
      const called = calledFunctions(facts);
      const idle = model.functions.filter((f) => !called.has(functionKey(f.domain, f.name, f.overload)));
      if (idle.length > 0) yield { message: `functions that are never called: ${listed(idle.map(nameOf))}` };
    },
  },
  D623: {
    title: 'a call that does not fit the function’s declaration',
    cause:
      'A call has at most as many inputs and outputs as the function. It must give every input that the body requires, and every attribute without a default. Each attribute in the call must be declared, and must have the type that the body expects. A missing attribute is only a warning if every operator that uses the attribute has a default for it.',
    advice: 'compare the call with the function’s declaration',
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
    title: 'a reference to an attribute that is not declared',
    cause:
      'Inside a function, an attribute of a node may refer to an attribute of the function, which must be declared.',
    advice: 'declare the attribute in the function, or write a value',
    *find({ scopes, functions }) {
      for (const scope of scopes) {
        const f = functions.get(scope.root);
        const declared = new Set(f && [...f.attribute, ...f.attributeProto.map(({ name }) => name ?? '')]);
        for (const [i, { attribute }] of scope.nodes.entries()) {
          for (const { name, refAttrName } of attribute) {
            if (!refAttrName || declared.has(refAttrName)) continue;
            const why = f ? 'the function declares no such attribute' : 'the node is not in a function';
            yield {
              message: `the attribute '${shown(name)}' refers to '${shown(refAttrName)}', but ${why}`,
              where: whereNode(scope, i),
            };
          }
        }
      }
    },
  },
};

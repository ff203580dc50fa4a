/** Model-local functions: told apart, called as they are declared, and never coming back to themselves. */
import type { Facts } from './facts.ts';
import { calledBy, functionKey } from './keys.ts';
import type { LocalFunction, Node } from './model.ts';
import { counted, type Finding, listed, type Rules, shown } from './rule.ts';
import { domainOf, schemaOf } from './schema.ts';
import { type Scope, whereNode } from './scopes.ts';

const nameOf = ({ domain, name, overload }: LocalFunction): string =>
  `${shown(domainOf(domain))}::${shown(name)}${overload ? ` (${shown(overload)})` : ''}`;

/** Whether a body can do without an input: every operator that takes it may be called without it. */
function needs(facts: Facts, f: LocalFunction, input: string): boolean {
  const root = functionKey(f.domain, f.name, f.overload);
  return facts.scopes.some(
    (scope) =>
      scope.root === root &&
      scope.nodes.some(({ input: ins, domain, opType, overload }) => {
        if (facts.functions.has(functionKey(domain, opType, overload))) return false;
        const name = domainOf(domain);
        const schema = schemaOf(name, opType ?? '', scope.imports.get(name) ?? 0);
        return ins.some((given, i) => {
          if (given !== input) return false;
          return typeof schema === 'object' && schema.inputs[i]?.optional !== true;
        });
      }),
  );
}

function* misfits(facts: Facts, scope: Scope, i: number, node: Node, f: LocalFunction): Generator<Finding> {
  const where = whereNode(scope, i);
  const help = `function ${nameOf(f)} is declared with ${counted(f.input.length, 'input')}, ${counted(f.output.length, 'output')} and the attributes [${listed([...f.attribute, ...f.attributeProto.map(({ name }) => name ?? '')], 20)}]`;
  const { input, output } = node;
  if (input.length > f.input.length)
    yield {
      message: `the call has ${counted(input.length, 'input')}, and the function ${f.input.length}`,
      where,
      help,
    };
  const left = f.input.filter((name, k) => !input[k] && needs(facts, f, name));
  if (left.length > 0)
    yield { message: `the call leaves out ${listed(left)}, which the function needs`, where, help };
  if (output.length > f.output.length)
    yield {
      message: `the call has ${counted(output.length, 'output')}, and the function ${f.output.length}`,
      where,
      help,
    };
  const given = new Set(node.attribute.map(({ name }) => name ?? ''));
  const declared = new Set([...f.attribute, ...f.attributeProto.map(({ name }) => name ?? '')]);
  const strange = [...given].filter((name) => !declared.has(name));
  if (strange.length > 0) yield { message: `the function has no attribute ${listed(strange)}`, where, help };
  const lacking = f.attribute.filter((name) => !given.has(name));
  if (lacking.length > 0) yield { message: `the call lacks the attribute ${listed(lacking)}`, where, help };
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
    *find({ model, scopes, functions }) {
      const called = new Set<string>();
      const work = [''];
      for (const root of work) {
        for (const scope of scopes) {
          if (scope.root !== root) continue;
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
      for (const scope of facts.scopes) {
        for (const [i, node] of scope.nodes.entries()) {
          const f = calledBy(node, facts.functions);
          if (f) yield* misfits(facts, scope, i, node, f);
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

/** Operators: known, and used with the inputs, outputs and attributes that they have. */

import type { Attribute, Node } from '../compiler/onnx/model.ts';
import { suggest } from '../dsl/suggest.ts';
import type { Facts } from './facts.ts';
import { calledBy } from './keys.ts';
import { counted, type Finding, listed, type Rules, shown } from './rule.ts';
import {
  domainOf,
  hasTable,
  isKnownDomain,
  KINDS,
  kindText,
  operatorsOf,
  type Schema,
  schemaOf,
  typeOfAttribute,
} from './schema.ts';
import { type Scope, whereNode } from './scopes.ts';

/** Operators that Benben writes; each artifact brings their bodies as functions. */
const OWN_DOMAIN = 'ai.benben';

interface Use {
  readonly scope: Scope;
  readonly index: number;
  readonly node: Node;
  readonly domain: string;
  /** Of its domain; 1 where nothing is imported. */
  readonly version: number;
  readonly schema: Schema | 'unknown' | 'later';
}

const known = new WeakMap<readonly Scope[], readonly Use[]>();

/** Every node that calls no function of the model; found once, for all rules. */
function uses({ scopes, functions, model }: Facts): readonly Use[] {
  const found: Use[] = [];
  if (known.has(scopes)) return known.get(scopes)!;
  known.set(scopes, found);
  for (const scope of scopes) {
    for (const [index, node] of scope.nodes.entries()) {
      if (!node.opType || calledBy(node, functions)) continue;
      const domain = domainOf(node.domain);
      const version = scope.imports.get(domain) ?? (model.opsetImport.length === 0 ? 1 : undefined);
      // D607 tells of what is not imported; D606 of versions that are none.
      if (version === undefined || !(version >= 1)) continue;
      found.push({ scope, index, node, domain, version, schema: schemaOf(domain, node.opType, version) });
    }
  }
  return found;
}

function* arity({ scope, index, node, schema }: Known): Generator<Finding> {
  const { input, output } = node;
  const wrong = (message: string): Finding => ({ message, where: whereNode(scope, index) });
  const open = (params: Schema['inputs']): boolean => params.at(-1)?.variadic !== undefined;
  if (input.length > schema.inputs.length && !open(schema.inputs))
    yield wrong(
      `${node.opType} takes at most ${counted(schema.inputs.length, 'input')}, and has ${input.length}`,
    );
  const needed = ({ optional, variadic }: Schema['inputs'][number]): boolean => !optional && !variadic;
  if (schema.inputs.some((param, k) => needed(param) && !input[k])) {
    const required = schema.inputs.flatMap((param, k) => (needed(param) ? [k] : []));
    const left = required.filter((k) => !input[k]);
    yield wrong(
      `${node.opType} needs its ${counted(required.length, 'first input')}, and lacks input ${left.join(', ')}`,
    );
  } else if (input.length < schema.least.inputs)
    yield wrong(
      `${node.opType} takes at least ${counted(schema.least.inputs, 'input')}, and has ${input.length}`,
    );
  if (output.length > schema.outputs.length && !open(schema.outputs))
    yield wrong(
      `${node.opType} gives at most ${counted(schema.outputs.length, 'output')}, and has ${output.length}`,
    );
  if (output.length < schema.least.outputs)
    yield wrong(
      `${node.opType} gives at least ${counted(schema.least.outputs, 'output')}, and has ${output.length}`,
    );
}

const hollow = (a: Attribute): boolean =>
  !a.refAttrName && ((a.type === 4 && !a.t) || (a.type === 5 && !a.g));

function* attributes({ scope, index, node, schema }: Known): Generator<Finding> {
  const wrong = (message: string, help?: string): Finding => ({
    message,
    where: whereNode(scope, index),
    ...(help !== undefined && { help }),
  });
  // Most nodes have none.
  if (node.attribute.length === 0 && schema.attributes.size === 0) return;
  const names = new Set<string>();
  for (const a of node.attribute) {
    const name = a.name ?? '';
    if (names.has(name)) yield wrong(`the attribute '${shown(name)}' is there twice`);
    names.add(name);
    const row = schema.attributes.get(name);
    if (!row) {
      const known = [...schema.attributes.keys()];
      const near = suggest(name, known);
      const help = near
        ? `did you mean '${near}'?`
        : `it has ${known.length > 0 ? listed(known, 20) : 'none'}`;
      yield wrong(`${node.opType} has no attribute '${shown(name)}' in this version`, help);
      continue;
    }
    const type = typeOfAttribute(a);
    // An empty list of the old files has no kind.
    if (type !== KINDS[row.kind].type && type !== 0) {
      yield wrong(`the attribute '${shown(name)}' is ${kindText(type)}, and must be ${KINDS[row.kind].name}`);
    } else if (hollow(a)) {
      yield wrong(`the attribute '${shown(name)}' has no value`);
    }
  }
  const lacking = [...schema.attributes].filter(([name, { required }]) => required && !names.has(name));
  if (lacking.length > 0)
    yield wrong(`${node.opType} needs the attribute ${listed(lacking.map(([name]) => name))}`);
}

/** From IR version 2 on an attribute says what it is, of whatever operator or function it is. */
function* kindless({ model, scopes }: Facts): Generator<Finding> {
  if ((model.irVersion ?? 0) < 2) return;
  const of = (a: Attribute): string => `the attribute '${shown(a.name)}' does not say its kind (\`type\`)`;
  for (const scope of scopes) {
    for (const a of scope.function?.attributeProto ?? [])
      if (!a.type) yield { message: of(a), where: scope.where };
    for (const [i, { attribute }] of scope.nodes.entries())
      for (const a of attribute) if (!a.type) yield { message: of(a), where: whereNode(scope, i) };
  }
}

type Known = Use & { readonly schema: Schema };

const isKnown = (use: Use): use is Known => typeof use.schema === 'object';

const judged = (judge: (use: Known) => Generator<Finding>) =>
  function* (facts: Facts): Generator<Finding> {
    for (const use of uses(facts)) if (isKnown(use) && !use.schema.deprecated) yield* judge(use);
  };

/** Operators that no table has, each once, with the first node of each. */
function strangers(facts: Facts, which: (domain: string) => boolean): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const judged = new Map<string, boolean>();
  for (const { scope, index, node, domain } of uses(facts)) {
    const asked = judged.get(domain) ?? which(domain);
    judged.set(domain, asked);
    if (!asked) continue;
    const name = `${shown(domain)}::${shown(node.opType)}${node.overload ? ` (${shown(node.overload)})` : ''}`;
    if (!found.has(name)) found.set(name, whereNode(scope, index));
  }
  return found;
}

export const OPERATORS: Rules = {
  D625: {
    title: 'an operator of Benben without its body',
    cause:
      'Operators of the domain `ai.benben` are functions of the model itself, made of standard operators. Without its body (or its overload) no runtime knows what one means.',
    advice: 'compile the model again; tools that rewrite models must keep its functions',
    *find(facts) {
      for (const [name, where] of strangers(facts, (domain) => domain === OWN_DOMAIN))
        yield { message: `the model has no function ${name}`, where };
    },
  },
  D626: {
    title: 'operators that only their maker knows',
    severity: 'warning',
    cause:
      'They are of a domain that ONNX and ONNX Runtime do not know, and the model has no function that says what they mean: it runs only where somebody has registered them.',
    advice: 'nothing, if you have the library of the operators; else export the model without them',
    *find(facts) {
      const names = strangers(facts, (domain) => domain !== OWN_DOMAIN && !isKnownDomain(domain));
      if (names.size > 0)
        yield {
          message: `operators that only their maker knows: ${listed([...names.keys()])}`,
          where: [...names.values()][0]!,
        };
    },
  },
  D627: {
    title: 'an operator that its domain does not have',
    cause:
      'ONNX has no operator of this name, or has it only in a later version than the one that is imported.',
    advice: 'correct the name, or import a later version',
    *find(facts) {
      for (const { scope, index, node, domain, version, schema } of uses(facts)) {
        if (typeof schema === 'object' || !hasTable(domain)) continue;
        const where = whereNode(scope, index);
        const near = suggest(node.opType ?? '', operatorsOf(domain));
        const of = domain === '' ? 'ONNX' : domain;
        if (schema === 'later')
          yield { message: `${of} has ${shown(node.opType)} only after version ${version}`, where };
        else
          yield {
            message: `${of} has no operator ${shown(node.opType)}`,
            where,
            ...(near && { help: `did you mean ${near}?` }),
          };
      }
    },
  },
  D628: {
    title: 'an operator that was taken out of ONNX',
    cause: 'In the version of the domain that is imported the operator is no more; runtimes refuse it.',
    advice: 'import an earlier version, or use what replaced it (`Resize` for `Upsample`)',
    *find(facts) {
      for (const { scope, index, node, version, schema } of uses(facts)) {
        if (typeof schema !== 'object' || !schema.deprecated) continue;
        yield {
          message: `${node.opType} was taken out in version ${schema.since}, and ${version} is imported`,
          where: whereNode(scope, index),
        };
      }
    },
  },
  D632: {
    title: 'an operator with too few or too many inputs or outputs',
    cause:
      'Each operator has inputs that it needs, and some that may be left out, by an empty name or at the end.',
    advice: 'compare with the operator’s page in ONNX’s documentation',
    find: judged(arity),
  },
  D633: {
    title: 'an attribute that the operator does not have, or not so',
    cause: 'Attributes have names, kinds and versions, and some must be given.',
    advice: 'compare with the operator’s page in ONNX’s documentation, in the version that is imported',
    *find(facts) {
      yield* judged(attributes)(facts);
      yield* kindless(facts);
    },
  },
};

/** Rules of operators: an operator must exist, and its nodes must have inputs, outputs and attributes that fit it. */

import type { Attribute, Node } from '../compiler/onnx/model.ts';
import { suggest } from '../dsl/suggest.ts';
import type { Facts } from './facts.ts';
import { calledBy } from './keys.ts';
import { counted, type Finding, listed, type Rules, shown } from './rule.ts';
import {
  ATTRIBUTE_TYPES,
  attributeTypeText,
  domainOf,
  hasTable,
  isKnownDomain,
  operatorsOf,
  type Schema,
  schemaOf,
  typeOfAttribute,
} from './schema.ts';
import { type Scope, whereNode } from './scopes.ts';

/** The domain of Benben's own operators. Each artifact contains their bodies as functions. */
const OWN_DOMAIN = 'ai.benben';

/** A node that uses an operator. */
interface OperatorUse {
  readonly scope: Scope;
  readonly index: number;
  readonly node: Node;
  readonly domain: string;
  /** The imported version of the domain; 1 if the model imports nothing. */
  readonly version: number;
  readonly schema: Schema | 'unknown' | 'later';
}

const known = new WeakMap<readonly Scope[], readonly OperatorUse[]>();

/** All nodes except those that call a model-local function. They are computed once for all rules. */
function uses({ scopes, functions, model }: Facts): readonly OperatorUse[] {
  const found: OperatorUse[] = [];
  if (known.has(scopes)) return known.get(scopes)!;
  known.set(scopes, found);
  for (const scope of scopes) {
    for (const [index, node] of scope.nodes.entries()) {
      if (!node.opType || calledBy(node, functions)) continue;
      const domain = domainOf(node.domain);
      const version = scope.imports.get(domain) ?? (model.opsetImport.length === 0 ? 1 : undefined);
      // D607 reports domains that are not imported, and D606 versions that do not exist.
      if (version === undefined || !(version >= 1)) continue;
      found.push({ scope, index, node, domain, version, schema: schemaOf(domain, node.opType, version) });
    }
  }
  return found;
}

function* arity({ scope, index, node, schema }: KnownUse): Generator<Finding> {
  const { input, output } = node;
  const wrong = (message: string): Finding => ({ message, where: whereNode(scope, index) });
  const open = (params: Schema['inputs']): boolean => params.at(-1)?.variadic !== undefined;
  if (input.length > schema.inputs.length && !open(schema.inputs))
    yield wrong(
      `${node.opType} takes at most ${counted(schema.inputs.length, 'input')}, but this node has ${input.length}`,
    );
  const needed = ({ optional, variadic }: Schema['inputs'][number]): boolean => !optional && !variadic;
  if (schema.inputs.some((param, k) => needed(param) && !input[k])) {
    const required = schema.inputs.flatMap((param, k) => (needed(param) ? [k] : []));
    const left = required.filter((k) => !input[k]);
    yield wrong(
      `${node.opType} requires its ${required.length === 1 ? 'first input' : `first ${required.length} inputs`}, but this node lacks input ${left.join(', ')}`,
    );
  } else if (input.length < schema.least.inputs)
    yield wrong(
      `${node.opType} takes at least ${counted(schema.least.inputs, 'input')}, but this node has ${input.length}`,
    );
  // A list of inputs has no inputs that may be left out.
  const gap = open(schema.inputs) ? input.findIndex((name, k) => k >= schema.inputs.length - 1 && !name) : -1;
  if (gap >= 0) yield wrong(`${node.opType} takes a list of inputs, but this node leaves out input ${gap}`);
  if (output.length > schema.outputs.length && !open(schema.outputs))
    yield wrong(
      `${node.opType} produces at most ${counted(schema.outputs.length, 'output')}, but this node has ${output.length}`,
    );
  if (output.length < schema.least.outputs)
    yield wrong(
      `${node.opType} produces at least ${counted(schema.least.outputs, 'output')}, but this node has ${output.length}`,
    );
}

const lacksValue = (a: Attribute): boolean =>
  !a.refAttrName && ((a.type === 4 && !a.t) || (a.type === 5 && !a.g));

function* attributes({ scope, index, node, schema }: KnownUse): Generator<Finding> {
  const wrong = (message: string, help?: string): Finding => ({
    message,
    where: whereNode(scope, index),
    ...(help !== undefined && { help }),
  });
  if (node.attribute.length === 0 && schema.attributes.size === 0) return;
  const names = new Set<string>();
  for (const a of node.attribute) {
    const name = a.name ?? '';
    if (names.has(name)) yield wrong(`the attribute '${shown(name)}' is given twice`);
    names.add(name);
    const row = schema.attributes.get(name);
    if (!row) {
      const known = [...schema.attributes.keys()];
      const near = suggest(name, known);
      const help = near
        ? `did you mean '${near}'?`
        : `${node.opType} has ${known.length > 0 ? `the attributes ${listed(known, 20)}` : 'no attributes'}`;
      yield wrong(`${node.opType} has no attribute '${shown(name)}' in this version`, help);
      continue;
    }
    const type = typeOfAttribute(a);
    // An empty list in an old file does not state its type.
    if (type !== ATTRIBUTE_TYPES[row.letter].type && type !== 0) {
      yield wrong(
        `the attribute '${shown(name)}' is ${attributeTypeText(type)}, but must be ${ATTRIBUTE_TYPES[row.letter].name}`,
      );
    } else if (lacksValue(a)) {
      yield wrong(`the attribute '${shown(name)}' has no value`);
    }
  }
  const lacking = [...schema.attributes].filter(([name, { required }]) => required && !names.has(name));
  if (lacking.length > 0)
    yield wrong(`${node.opType} needs the attribute ${listed(lacking.map(([name]) => name))}`);
}

/** From IR version 2 on, every attribute must state its type. */
function* kindless({ model, scopes }: Facts): Generator<Finding> {
  if ((model.irVersion ?? 0) < 2) return;
  const of = (a: Attribute): string => `the attribute '${shown(a.name)}' does not state its \`type\``;
  for (const scope of scopes) {
    for (const a of scope.function?.attributeProto ?? [])
      if (!a.type) yield { message: of(a), where: scope.where };
    for (const [i, { attribute }] of scope.nodes.entries())
      for (const a of attribute) if (!a.type) yield { message: of(a), where: whereNode(scope, i) };
  }
}

type KnownUse = OperatorUse & { readonly schema: Schema };

const isKnown = (use: OperatorUse): use is KnownUse => typeof use.schema === 'object';

/** Applies a rule to every use of an operator whose schema is known. */
const judged = (judge: (use: KnownUse) => Generator<Finding>) =>
  function* (facts: Facts): Generator<Finding> {
    for (const use of uses(facts)) if (isKnown(use) && !use.schema.deprecated) yield* judge(use);
  };

/** The operators of the domains that `which` selects, each with the first node that uses it. */
function operatorsIn(facts: Facts, which: (domain: string) => boolean): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const selected = new Map<string, boolean>();
  for (const { scope, index, node, domain } of uses(facts)) {
    const isSelected = selected.get(domain) ?? which(domain);
    selected.set(domain, isSelected);
    if (!isSelected) continue;
    const name = `${shown(domain)}::${shown(node.opType)}${node.overload ? ` (${shown(node.overload)})` : ''}`;
    if (!found.has(name)) found.set(name, whereNode(scope, index));
  }
  return found;
}

export const OPERATORS: Rules = {
  D625: {
    title: 'an operator of Benben without its body',
    cause:
      'Operators of the domain `ai.benben` are model-local functions, made of standard operators. No runtime can run such an operator if the model lacks its function, or the right overload of the function.',
    advice: 'compile the model again; tools that rewrite models must keep its functions',
    *find(facts) {
      for (const [name, where] of operatorsIn(facts, (domain) => domain === OWN_DOMAIN))
        yield { message: `the model has no function ${name}`, where };
    },
  },
  D626: {
    title: 'operators of an unknown domain',
    severity: 'warning',
    cause:
      'ONNX and ONNX Runtime do not define the domain of these operators, and the model has no functions that define them. The model runs only where these operators have been registered.',
    advice:
      'ignore this if you have the library that implements these operators; otherwise export the model without them',
    *find(facts) {
      const names = operatorsIn(facts, (domain) => domain !== OWN_DOMAIN && !isKnownDomain(domain));
      if (names.size > 0)
        yield {
          message: `operators of an unknown domain: ${listed([...names.keys()])}`,
          where: [...names.values()][0]!,
        };
    },
  },
  D627: {
    title: 'an operator that its domain does not have',
    cause:
      'The domain has no operator of this name, or has the operator only in versions that are later than the imported one.',
    advice: 'correct the name, or import a later version',
    *find(facts) {
      for (const { scope, index, node, domain, version, schema } of uses(facts)) {
        if (typeof schema === 'object' || !hasTable(domain)) continue;
        const where = whereNode(scope, index);
        const near = suggest(node.opType ?? '', operatorsOf(domain));
        const of = domain === '' ? 'ONNX' : domain;
        if (schema === 'later')
          yield {
            message: `${of} has ${shown(node.opType)} only in versions after the imported version ${version}`,
            where,
          };
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
    title: 'an operator that was removed from ONNX',
    cause: 'The imported version of the domain no longer has the operator, and runtimes refuse it.',
    advice: 'import an earlier version, or use the operator that replaces it (`Resize` for `Upsample`)',
    *find(facts) {
      for (const { scope, index, node, version, schema } of uses(facts)) {
        if (typeof schema !== 'object' || !schema.deprecated) continue;
        yield {
          message: `${node.opType} was removed in version ${schema.since}, but version ${version} is imported`,
          where: whereNode(scope, index),
        };
      }
    },
  },
  D629: {
    title: 'an operator that only ONNX Runtime has',
    severity: 'warning',
    cause:
      'ONNX Runtime adds some operators of its own to ONNX’s domain, such as `SimplifiedLayerNormalization`, and early versions of operators that ONNX defined later. Other runtimes and ONNX’s checker do not know them.',
    advice: 'ignore this if the model runs only in ONNX Runtime; otherwise export it with standard operators',
    *find(facts) {
      const found = new Map<string, string>();
      for (const { scope, index, node, version, schema } of uses(facts)) {
        if (typeof schema !== 'object' || !schema.runtimeOnly || schema.deprecated) continue;
        const name = `${node.opType} in version ${version}`;
        if (!found.has(name)) found.set(name, whereNode(scope, index));
      }
      if (found.size > 0)
        yield {
          message: `operators that ONNX Runtime has, but ONNX does not: ${listed([...found.keys()])}`,
          where: [...found.values()][0]!,
        };
    },
  },
  D632: {
    title: 'an operator with too few or too many inputs or outputs',
    cause:
      'Some inputs of an operator are required. The others are optional: the list of inputs of a node may end before an optional input, or give it an empty name.',
    advice: 'compare the node with the operator’s page in ONNX’s documentation',
    find: judged(arity),
  },
  D633: {
    title: 'an attribute that does not fit the operator',
    cause:
      'Each version of an operator defines the names and types of its attributes, and which of them are required.',
    advice: 'compare the node with the operator’s page in ONNX’s documentation, in the imported version',
    *find(facts) {
      yield* judged(attributes)(facts);
      yield* kindless(facts);
    },
  },
};

/**
 * The schemas of all operators of ONNX and of ONNX Runtime's own domain: their inputs, outputs and attributes. The
 * tables in schemas/ have a line for each version of an operator in which something changed:
 *
 *     Gather 13 2,1 a24 b12 > a ; axis:i
 *
 * A line has the name, the version, the minimum numbers of inputs and outputs, then the inputs, `>`, the outputs, `;`
 * and the attributes. The letter of an input or output is a type variable. The number after the first occurrence of a
 * variable is an index in `TYPE_SETS`: the set of types that the variable can have. `#6` is a parameter with the types
 * of set 6, but without a variable. `?` marks an optional parameter, `*` any number of parameters of one type, and `~`
 * any number of parameters of any types. An attribute has the letter of its type (`ATTRIBUTE_TYPES`), and `!` if it is
 * required.
 *
 * `RUNTIME` has the operators that ONNX Runtime registers in ONNX's own domain, such as `LayerNormalization` before
 * version 17. Its lines come first, because they are older than ONNX's lines of the same operators.
 */

import { ATTRIBUTE } from '../compiler/onnx/enums.ts';
import type { Attribute } from '../compiler/onnx/model.ts';
import { MICROSOFT } from './schemas/microsoft.ts';
import { ONNX_AF } from './schemas/operators_a_f.ts';
import { ONNX_GQ } from './schemas/operators_g_q.ts';
import { ONNX_RZ } from './schemas/operators_r_z.ts';
import { ML, PREVIEW, RUNTIME, TRAINING, TYPE_SETS } from './schemas/others.ts';

export { NEWEST_IR, NEWEST_OPSETS } from './schemas/others.ts';

export interface Param {
  /** The type variable; absent if the parameter has none. */
  readonly variable?: string;
  /** The allowed types as bits, numbered by TensorProto.DataType, and by `SEQUENCE`, `OPTIONAL` and `OTHER`. */
  readonly types: number;
  readonly optional: boolean;
  readonly variadic?: 'alike' | 'any';
}

interface AttributeSchema {
  readonly letter: AttributeLetter;
  readonly required: boolean;
}

export interface Schema {
  readonly since: number;
  readonly deprecated: boolean;
  /** Whether only ONNX Runtime defines the operator in this version, and ONNX does not. */
  readonly runtimeOnly: boolean;
  readonly least: { readonly inputs: number; readonly outputs: number };
  readonly inputs: readonly Param[];
  readonly outputs: readonly Param[];
  readonly attributes: ReadonlyMap<string, AttributeSchema>;
}

/** A set of types is a number with one bit for each type. These are the bits of the types that are not tensors. */
export const SEQUENCE = 30;
export const OPTIONAL = 31;
export const OTHER = 32;

/** Whether a set of types contains a bit. Sets have more than 32 bits, too many for JavaScript's bit operators. */
export const allows = (types: number, bit: number): boolean => Math.floor(types / 2 ** bit) % 2 === 1;

/** The only type of a set; undefined if the set has several types. */
export function onlyType(types: number): number | undefined {
  const bit = Math.log2(types);
  return Number.isInteger(bit) ? bit : undefined;
}

/** The types of attributes by their letters in the tables, with the number of each in AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPES = {
  f: { name: 'a float', type: ATTRIBUTE.float },
  i: { name: 'an integer', type: ATTRIBUTE.int },
  s: { name: 'a string', type: ATTRIBUTE.string },
  t: { name: 'a tensor', type: ATTRIBUTE.tensor },
  g: { name: 'a graph', type: ATTRIBUTE.graph },
  F: { name: 'a list of floats', type: ATTRIBUTE.floats },
  I: { name: 'a list of integers', type: ATTRIBUTE.ints },
  S: { name: 'a list of strings', type: ATTRIBUTE.strings },
  T: { name: 'a list of tensors', type: ATTRIBUTE.tensors },
  G: { name: 'a list of graphs', type: ATTRIBUTE.graphs },
  z: { name: 'a sparse tensor', type: ATTRIBUTE.sparse_tensor },
  Z: { name: 'a list of sparse tensors', type: ATTRIBUTE.sparse_tensors },
  p: { name: 'a type', type: ATTRIBUTE.type_proto },
  P: { name: 'a list of types', type: ATTRIBUTE.type_protos },
} as const;

type AttributeLetter = keyof typeof ATTRIBUTE_TYPES;

/** The name of an AttributeProto.AttributeType, for messages. */
export const attributeTypeText = (type: number): string =>
  Object.values(ATTRIBUTE_TYPES).find((known) => known.type === type)?.name ?? `of unknown type (${type})`;

/**
 * The AttributeProto.AttributeType of an attribute, or 0 if it has no value. Files before IR version 2 do not state the
 * type, so it is derived from the value.
 */
export function typeOfAttribute(a: Attribute): number {
  if (a.type) return a.type;
  if (a.f !== undefined) return ATTRIBUTE.float;
  if (a.i !== undefined) return ATTRIBUTE.int;
  if (a.s) return ATTRIBUTE.string;
  if (a.t) return ATTRIBUTE.tensor;
  if (a.g) return ATTRIBUTE.graph;
  if (a.floats.length > 0) return ATTRIBUTE.floats;
  if (a.ints.length > 0) return ATTRIBUTE.ints;
  return a.strings.length > 0 ? ATTRIBUTE.strings : ATTRIBUTE.undefined;
}

const TEXTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['', [RUNTIME, ONNX_AF, ONNX_GQ, ONNX_RZ]],
  ['ai.onnx.ml', [ML]],
  ['ai.onnx.preview', [PREVIEW]],
  ['ai.onnx.preview.training', [TRAINING]],
  ['com.microsoft', [MICROSOFT]],
]);

/** Normalises the domain of an operator: `ai.onnx` is another name of the default domain, ''. */
export const domainOf = (domain: string | undefined): string => (domain === 'ai.onnx' ? '' : (domain ?? ''));

/** Whether ONNX Runtime has operators in a domain. Operators of a known domain without a table are not checked. */
export const isKnownDomain = (domain: string): boolean =>
  /^(ai\.onnx(\..*)?|com\.microsoft(\..*)?|com\.ms\..*)?$/.test(domain);

export const hasTable = (domain: string): boolean => TEXTS.has(domain);

const SETS: readonly number[] = TYPE_SETS.trim().split('\n').map(Number);

const RUNTIME_LINES: ReadonlySet<string> = new Set(RUNTIME.trim().split('\n'));

/** The lines of each operator, by domain and name; filled on first use. */
const lines = new Map<string, Map<string, string[]>>();

function linesOf(domain: string): ReadonlyMap<string, readonly string[]> {
  const known = lines.get(domain);
  if (known) return known;
  const found = new Map<string, string[]>();
  for (const line of (TEXTS.get(domain) ?? []).flatMap((text) => text.trim().split('\n'))) {
    const name = line.slice(0, line.indexOf(' '));
    const list = found.get(name);
    if (list) list.push(line);
    else found.set(name, [line]);
  }
  lines.set(domain, found);
  return found;
}

/** The schemas that have been parsed so far: by the lines of an operator, then by the version. */
const parsed = new Map<readonly string[], Map<number, Schema | 'later'>>();

/**
 * The schema of an operator in a version of its domain: `unknown` if the domain never had the operator, `later` if the
 * operator is newer than the version.
 */
export function schemaOf(domain: string, name: string, version: number): Schema | 'unknown' | 'later' {
  const versions = linesOf(domain).get(name);
  if (!versions) return 'unknown';
  const found = parsed.get(versions) ?? new Map<number, Schema | 'later'>();
  parsed.set(versions, found);
  const known = found.get(version);
  if (known) return known;
  const line = versions.findLast((text) => sinceOf(text) <= version);
  const schema = line === undefined ? 'later' : parse(line);
  found.set(version, schema);
  return schema;
}

const sinceOf = (line: string): number => Number(line.split(' ', 2)[1]);

/** The names of a domain's operators, for suggestions. */
export const operatorsOf = (domain: string): readonly string[] => [...linesOf(domain).keys()];

function parse(line: string): Schema {
  const [head = '', attrs = ''] = line.split(' ; ');
  const [, since, least = '0,0', ...rest] = head.split(' ').filter((token) => token !== '');
  const arrow = rest.indexOf('>');
  const sets = new Map<string, number>();
  const param = (token: string): Param => {
    const [, symbol = '', set = '', mark = ''] = /^([#a-z])(\d*)([?*~]?)$/.exec(token) ?? [];
    if (set !== '' && symbol !== '#') sets.set(symbol, SETS[Number(set)]!);
    return {
      ...(symbol !== '#' && { variable: symbol }),
      types: symbol === '#' ? SETS[Number(set)]! : sets.get(symbol)!,
      optional: mark === '?',
      ...(mark === '*' && { variadic: 'alike' }),
      ...(mark === '~' && { variadic: 'any' }),
    };
  };
  const [inputs = 0, outputs = 0] = least.split(',').map(Number);
  return {
    since: Number(since),
    deprecated: least === 'deprecated',
    runtimeOnly: RUNTIME_LINES.has(line),
    least: { inputs, outputs },
    inputs: arrow < 0 ? [] : rest.slice(0, arrow).map(param),
    outputs: arrow < 0 ? [] : rest.slice(arrow + 1).map(param),
    attributes: new Map(
      attrs
        .split(' ')
        .filter((text) => text !== '')
        .map((text) => {
          const [name = '', type = ''] = text.split(':');
          return [name, { letter: type[0] as AttributeLetter, required: type.endsWith('!') }];
        }),
    ),
  };
}

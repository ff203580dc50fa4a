/**
 * Reads the text form of the IR, which `text.ts` describes. It checks the syntax and the names of ops; `verify.ts`
 * checks the rules of the IR. It stops at the first mistake. One error is enough to find the cause, because programs
 * print this text.
 */
import type { Diagnostic, Outcome, Source } from '../../dsl/diagnostics.ts';
import { type Dim, parseDim } from './dim.ts';
import { DTYPES } from './dtype.ts';
import {
  type Attrs,
  type AttrValue,
  type DType,
  type Graph,
  type Node,
  type Param,
  type Port,
  type Region,
  type TensorType,
  type,
  type ValueId,
} from './graph.ts';
import type { Op } from './op.ts';
import { readFacts, readOrigin } from './read_facts.ts';
import { createScanner, type Scanner, Unreadable } from './scanner.ts';
import { type Init, plainWeight } from './weights.ts';

type Ops = Readonly<Record<string, Op>>;

/** No model nests its loops this deep. The limit keeps hostile text from exhausting the stack. */
const DEEPEST_REGION = 32;

/** The most dims of a tensor. No op makes as many. */
const MOST_DIMS = 64;

/** The parameters of each kind of initialisation. A parameter with `?` may be absent. */
const INITS: Readonly<Record<Init['kind'], readonly string[]>> = {
  xavier_uniform: ['gain'],
  uniform: ['bound'],
  normal: ['std', 'zeroRow?'],
  constant: ['value'],
};

export function parseGraph(source: Source, ops: Ops): Outcome<Graph> {
  const s = createScanner(source.text);
  try {
    return { value: readGraph(s, ops), diagnostics: [] };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    const diagnostic: Diagnostic = {
      code: error.code,
      severity: 'error',
      message: error.message,
      labels: [{ span: error.span, text: '' }],
      ...(error.help && { help: error.help }),
    };
    return { diagnostics: [diagnostic] };
  }
}

interface Reading {
  readonly s: Scanner;
  readonly ops: Ops;
  /** The types of the values that have been read. */
  readonly types: Record<ValueId, TensorType>;
}

function readGraph(s: Scanner, ops: Ops): Graph {
  const types: Record<ValueId, TensorType> = {};
  const reading: Reading = { s, ops, types };
  if (!s.word('graph')) s.fail('expected `graph`');
  const name = s.name('the name of the graph');
  const inputs = s.list('(', ')', (): Port => {
    const port = readPort(s);
    types[port.id] = readType(s);
    return port;
  });
  s.expect('{');
  const weightPorts: Port[] = [];
  while (s.word('input')) {
    const { id, weight } = readParam(reading);
    weightPorts.push({ name: weight.name, id, weight });
  }
  const params: Param[] = [];
  while (s.word('param')) params.push(readParam(reading));
  const nodes = readNodes(reading, 'return', 0);
  const outputs = readSeries(s, () => readPort(s));
  if (!s.atEnd) s.fail('expected the end of the text');
  return { name, inputs: [...inputs, ...weightPorts], params, nodes, outputs, types };
}

const readPort = (s: Scanner): Port => {
  const name = s.name('a name');
  s.expect(':');
  return { name, id: readId(s) };
};

/** Reads the items after `yield` or `return`, up to the closing brace. */
function readSeries<T>(s: Scanner, item: () => T): readonly T[] {
  const items: T[] = [];
  if (s.take('}')) return items;
  do items.push(item());
  while (s.take(','));
  s.expect('}');
  return items;
}

function readId(s: Scanner): ValueId {
  s.expect('%');
  const start = s.at;
  const id = s.integer('the number of a value');
  return id >= 0 ? id : s.fail('the number of a value must not be negative', start);
}

/** Reads `%3: f32[2]`, and records the type. */
function readDefinition({ s, types }: Reading): ValueId {
  const id = readId(s);
  s.expect(':');
  types[id] = readType(s);
  return id;
}

function readType(s: Scanner): TensorType {
  const start = s.at;
  const dtype = s.name('a type') as DType;
  if (!DTYPES.includes(dtype)) s.fail(`expected one of ${DTYPES.join(', ')}`, start);
  const dims = s.list('[', ']', () => readDim(s));
  if (dims.length > MOST_DIMS) s.fail(`a tensor has at most ${MOST_DIMS} dims`, start);
  return type(dtype, ...dims);
}

function readDim(s: Scanner): Dim {
  const start = s.at;
  return parseDim(s.extent()) ?? s.fail('this is not a dimension', start);
}

function readParam({ s, types }: Reading): Param {
  const id = readId(s);
  const stated = s.take(':') ? readType(s) : undefined;
  s.expect('=');
  const name = s.string('the name of a weight');
  const start = s.at;
  const own = readType(s);
  const shape = own.shape.filter((d) => typeof d === 'number');
  if (own.dtype !== 'f32' || shape.length < own.shape.length)
    s.fail('the type of a weight must be f32 with known lengths', start);
  types[id] = stated ?? own;
  return { id, weight: { ...plainWeight(name, shape, readInit(s)), ...readFacts(s) } };
}

function readInit(s: Scanner): Init {
  const start = s.at;
  const kind = s.name('an initialisation');
  const wanted = Object.hasOwn(INITS, kind) ? INITS[kind as Init['kind']] : undefined;
  if (!wanted) s.fail(`expected one of ${Object.keys(INITS).join(', ')}`, start);
  const given = new Map(s.list('(', ')', () => readField(s, () => readNumber(s))));
  const fits = (field: string): boolean => field.endsWith('?') || given.has(field);
  const known = [...given.keys()].every((name) => wanted.includes(name) || wanted.includes(`${name}?`));
  if (!known || !wanted.every(fits)) s.fail(`expected ${kind}(${wanted.join(', ')})`, start);
  return { kind, ...Object.fromEntries(given) } as Init;
}

function readField<T>(s: Scanner, value: () => T): readonly [string, T] {
  const name = s.name('a name');
  s.expect(':');
  return [name, value()];
}

const readNumber = (s: Scanner): number => s.number() ?? s.fail('expected a number');

/** Reads nodes up to the word `end`, and that word. */
function readNodes(reading: Reading, end: 'yield' | 'return', depth: number): readonly Node[] {
  const { s } = reading;
  if (depth > DEEPEST_REGION) s.fail(`regions are nested too deeply: more than ${DEEPEST_REGION} levels`);
  const nodes: Node[] = [];
  while (!s.word(end)) nodes.push(readNode(reading, depth));
  return nodes;
}

function readNode(reading: Reading, depth: number): Node {
  const { s } = reading;
  const outs: ValueId[] = [];
  if (!s.sees('=')) {
    do outs.push(readDefinition(reading));
    while (s.take(','));
  }
  s.expect('=');
  const op = readOp(reading);
  const ins = s.list('(', ')', () => (s.take('-') ? null : readId(s)));
  const attrs = s.seesHere('{') ? readAttrs(s) : {};
  const params = s.seesHere('(') ? s.list('(', ')', () => readDefinition(reading)) : undefined;
  if (params) s.expect('{');
  const origin = readOrigin(s);
  const region = params && readRegion(reading, params, depth);
  return { op, ins, outs, attrs, ...(region && { region }), ...origin };
}

function readRegion(reading: Reading, params: readonly ValueId[], depth: number): Region {
  const nodes = readNodes(reading, 'yield', depth + 1);
  return { params, nodes, outputs: readSeries(reading.s, () => readId(reading.s)) };
}

function readOp({ s, ops }: Reading): string {
  const start = s.at;
  const name = s.name('the name of an op');
  if (Object.hasOwn(ops, name)) return name;
  return s.fail(
    `there is no op \`${name}\``,
    start,
    'D302',
    'if another version of Benben printed this text, print it again with this version',
  );
}

function readAttrs(s: Scanner): Attrs {
  return Object.fromEntries(s.list('{', '}', () => readField(s, () => readAttr(s))));
}

function readAttr(s: Scanner): AttrValue {
  if (s.sees('"')) return s.string('a string');
  if (s.sees('[')) return s.list('[', ']', () => readElement(s));
  if (s.word('true')) return true;
  if (s.word('false')) return false;
  if (s.take('ref(')) {
    const ref = s.name('the name of an attribute');
    s.expect(')');
    return { ref };
  }
  return DTYPES.some((dtype) => s.sees(`${dtype}[`)) ? readLiteral(s) : readElement(s);
}

const readElement = (s: Scanner): Dim => s.number() ?? readDim(s);

function readLiteral(s: Scanner): AttrValue {
  const start = s.at;
  const { dtype, shape } = readType(s);
  const lengths = shape.filter((d) => typeof d === 'number');
  if (lengths.length < shape.length) s.fail('the lengths of a literal must be numbers', start);
  return { dtype, shape: lengths, data: s.list('(', ')', () => readNumber(s)) };
}

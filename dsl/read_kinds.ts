/**
 * Reads kinds and their arguments, such as `block(512)` and `soft_topk(base: 20) by linear`. The kinds themselves come
 * from KindTables, so this file contains none of their names.
 */
import type { ArgumentNode, StatementNode, WordNode } from './ast.ts';
import type { Span } from './diagnostics.ts';
import { type KindSignature, type KindTables, type ParamSignature, SLOT_WORDS } from './kinds.ts';
import { clip, problem } from './problem.ts';
import type { Read } from './read_values.ts';
import { type Atom, atomsOf, type Limits, misfit, readNumber, readWord, surplus } from './read_values.ts';
import type { Reading } from './settings.ts';
import type { KindSpec, PoolSpec } from './spec.ts';
import { helpFor, suggest, synonymOf } from './suggest.ts';
import type { SynonymPlace } from './synonyms.ts';

/** The name of a position in a model that takes a kind. */
export type KindSlot = keyof KindTables;
type Args = Readonly<Record<string, number | string | boolean>>;

/** The maximum length of a text in tokens. Products of two lengths are still exact doubles. */
export const MAX_LENGTH = 1 << 24;

/** Reads a field such as `attention block(512)`. */
export const kind =
  (field: KindSlot): Read<KindSpec> =>
  (statement, reading) => {
    const atoms = atomsOf(statement, reading);
    if (!atoms?.[0]) return undefined;
    if (atoms[0].type !== 'word') return misfit(reading, atoms[0], statement, 'a kind');
    if (atoms[1]) return surplus(reading, atoms[1], statement, afterKind(field, atoms[0], atoms[1], reading));
    return readKind(field, atoms[0], reading);
  };

/** Reads a field such as `pool soft_topk(base: 20) by linear`. Without `by` the field gets the first scorer. */
export const pool: Read<PoolSpec> = (statement, reading) => {
  const atoms = atomsOf(statement, reading);
  if (!atoms?.[0]) return undefined;
  const [pooling, by, scorer, more] = atoms;
  if (pooling.type !== 'word') return misfit(reading, pooling, statement, 'a kind');
  if (by && (by.type !== 'word' || by.text !== 'by' || by.args)) {
    return surplus(reading, by, statement, afterKind('pool', pooling, by, reading));
  }
  const read = readKind('pool', pooling, reading);
  if (!by) return read && { ...read, scorer: defaultKind('scorer', read.span, reading) };
  if (!scorer) return noScorer(statement, by.span, reading);
  if (scorer.type !== 'word') return misfit(reading, scorer, statement, 'a scorer after `by`');
  if (more) return surplus(reading, more, statement);
  const scoring = readKind('scorer', scorer, reading);
  return read && scoring && { ...read, scorer: scoring };
};

/** Advice for a value that follows a kind. */
function afterKind(field: KindSlot, kind: WordNode, next: Atom, reading: Reading): string | undefined {
  const together = `${kind.text}_${next.text}`;
  if (isKind(field, together, reading)) return `did you mean \`${together}\`?`;
  const [pooling] = reading.kinds.pool;
  if (field === 'pool' && kind.text === 'by') {
    return `write a pooling before \`by\`: \`pool ${pooling?.name ?? 'soft_topk'} by ${clip(next.text)}\``;
  }
  if (field === 'pool' && isKind('scorer', next.text, reading)) {
    return `write \`by\` before the scorer: \`by ${next.text}\``;
  }
  if (next.type !== 'number' || kind.args) return undefined;
  return `write the argument of a kind in parentheses: \`${clip(kind.text)}(${clip(next.text)})\``;
}

function noScorer({ name }: StatementNode, span: Span, { report, kinds }: Reading): undefined {
  const help = `write a scorer after \`by\`, for example \`by ${kinds.scorer[0]?.name ?? 'linear'}\`, or remove \`by\``;
  report(problem('D201', `\`${name.text}\` has no scorer after \`by\``, [{ span, text: '' }], help));
  return undefined;
}

/** The first kind of a table with its default arguments. */
export function defaultKind(field: KindSlot, span: Span, { kinds }: Reading): KindSpec {
  const [first] = kinds[field];
  if (!first) throw new Error(`the compiler passed an empty table of kinds for ${field}`);
  return { kind: first.name, args: defaultsOf(first.params), span };
}

const defaultsOf = (params: readonly ParamSignature[]): Args =>
  Object.fromEntries(
    params.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  );

export function readKind(field: KindSlot, atom: WordNode, reading: Reading): KindSpec | undefined {
  const table = reading.kinds[field];
  const signature = table.find(({ name }) => name === atom.text);
  if (!signature) return unknownKind(field, atom, reading);
  const args = readArgs(`\`${signature.name}\``, signature.params, atom.args ?? [], atom, reading);
  return args && { kind: signature.name, args, span: atom.span };
}

/** The part of the table of synonyms for each slot. */
const PLACES: Readonly<Partial<Record<KindSlot, SynonymPlace>>> = {
  attention: 'attention',
  decoderAttention: 'attention',
  crossAttention: 'attention',
  pool: 'pool',
  scorer: 'scorer',
  positions: 'positions',
  norm: 'norm',
  head: 'head',
};

function unknownKind(field: KindSlot, atom: WordNode, { kinds, report }: Reading): undefined {
  const spelled = SLOT_WORDS[field];
  const elsewhere = (Object.keys(kinds) as KindSlot[]).filter(
    (slot) => SLOT_WORDS[slot] !== spelled && named(kinds[slot], atom.text),
  );
  const [other] = elsewhere;
  const table = kinds[field].map(({ name }) => name);
  const place = PLACES[field];
  const known = { names: table, listed: `the kinds of ${spelled} are`, ...(place && { place }) };
  const help =
    other && !(place && synonymOf(atom.text, place))
      ? `\`${atom.text}\` is a kind of ${SLOT_WORDS[other]}; the kinds of ${spelled} are: ${table.map((k) => `\`${k}\``).join(', ')}`
      : helpFor(atom.text, known);
  report(
    problem('D106', `${spelled} has no kind \`${clip(atom.text)}\``, [{ span: atom.span, text: '' }], help),
  );
  return undefined;
}

/** Whether a word names a kind of that slot. */
export const isKind = (slot: KindSlot, text: string, { kinds }: Reading): boolean => named(kinds[slot], text);

const named = (table: readonly KindSignature[], text: string): boolean =>
  table.some(({ name }) => name === text);

/**
 * The first argument may be given without its name. `first`: it is the value of the first parameter, as in
 * `block(512)`. `word`: it is a word that is a choice of any parameter, as in `predicted_time(h100)`. In a quantity, a
 * number always needs its name, because the first number would be a length for some quantities and a batch for others.
 */
export type Unnamed = 'first' | 'word';

/** Reads arguments by parameter name and fills in defaults. It reads all arguments, so that each mistake is reported. */
export function readArgs(
  what: string,
  params: readonly ParamSignature[],
  args: readonly ArgumentNode[],
  at: { readonly span: Span },
  reading: Reading,
  unnamed: Unnamed = 'first',
): Args | undefined {
  const values: Record<string, number | string | boolean> = { ...defaultsOf(params) };
  const given = new Map<string, ArgumentNode>();
  let sound = true;
  for (const [i, argument] of args.entries()) {
    const call = { what, params, unnamed, given };
    const param = paramOf(call, argument, i, reading);
    const earlier = param && given.get(param.name);
    if (earlier) {
      const labels = [
        { span: argument.span, text: '' },
        { span: earlier.span, text: 'first given here' },
      ];
      const help = `remove one of the two: ${what} takes one \`${param.name}\``;
      reading.report(problem('D108', `${what} already has its \`${param.name}\``, labels, help));
    }
    const value = param && !earlier ? readArg(what, param, argument, reading) : undefined;
    if (param && !earlier) given.set(param.name, argument);
    if (param && value !== undefined) values[param.name] = value;
    else sound = false;
  }
  const missing = params.find(
    ({ name, default: value, optional }) => value === undefined && !optional && !given.has(name),
  );
  if (missing && sound) {
    const help = `write \`${missing.name}: …\` in the parentheses: ${missing.doc}`;
    reading.report(
      problem('D210', `${what} needs its \`${missing.name}\``, [{ span: at.span, text: '' }], help),
    );
  }
  return sound && !missing ? values : undefined;
}

interface ArgumentsOf {
  readonly what: string;
  readonly params: readonly ParamSignature[];
  readonly unnamed: Unnamed;
  readonly given: ReadonlyMap<string, ArgumentNode>;
}

function paramOf(
  { what, params, unnamed, given }: ArgumentsOf,
  argument: ArgumentNode,
  position: number,
  { report }: Reading,
): ParamSignature | undefined {
  const { name, value, span } = argument;
  const known = params.map((p) => p.name);
  const takes = known.length > 0 ? `${what} takes` : `${what} takes no arguments`;
  if (name) {
    const param = params.find((p) => p.name === name.text);
    if (param) return param;
    const message = `${what} has no argument \`${clip(name.text)}\``;
    const help = helpFor(name.text, { names: known, listed: takes, place: 'argument' });
    report(problem('D107', message, [{ span: name.span, text: '' }], help));
    return undefined;
  }
  const chosen = params.find((p) => p.type === 'choice' && p.choices.includes(value.text));
  const first = position > 0 ? undefined : unnamed === 'first' ? params[0] : worded(params, argument);
  if (first) return first;
  if (chosen && given.has(chosen.name)) return chosen;
  const numbers = value.type === 'number' ? params.filter((p) => p.type !== 'choice') : [];
  const could = (chosen ? [chosen] : numbers.filter((p) => !given.has(p.name))).map(
    (p) => `\`${p.name}: ${clip(value.text)}\``,
  );
  const list = [could.slice(0, -1).join(', '), could.at(-1)].filter(Boolean).join(' or ');
  const rule =
    unnamed === 'word' && value.type === 'number'
      ? ''
      : 'only the first argument may be given without its name; ';
  const fallback =
    known.length > 0
      ? helpFor(value.text, { names: known, listed: takes, place: 'argument' })
      : 'remove the parentheses';
  const message = known.length > 0 ? `the argument \`${clip(value.text)}\` needs its name` : takes;
  const help = list === '' ? fallback : `${rule}write ${list}`;
  report(problem('D107', message, [{ span, text: '' }], help));
  return undefined;
}

/** Finds the parameter that has the word, or a similar one, among its choices. */
function worded(params: readonly ParamSignature[], { value }: ArgumentNode): ParamSignature | undefined {
  if (value.type !== 'word') return undefined;
  const choices = params.filter((p) => p.type === 'choice');
  const near = choices.find((p) => suggest(value.text, p.choices) !== undefined);
  return (
    choices.find((p) => p.choices.includes(value.text)) ??
    near ??
    params.slice(0, 1).find((p) => p.type === 'choice')
  );
}

function readArg(
  what: string,
  param: ParamSignature,
  { value }: ArgumentNode,
  reading: Reading,
): number | string | undefined {
  const name = `\`${param.name}\` of ${what}`;
  if (param.type === 'choice') return readWord(value, param.choices, name, reading);
  if (value.type === 'number') return readNumber(value, limitsOf(param), name, reading);
  const message = `${name} takes a number, not the word \`${clip(value.text)}\``;
  reading.report(problem('D202', message, [{ span: value.span, text: '' }]));
  return undefined;
}

function limitsOf(param: Exclude<ParamSignature, { type: 'choice' }>): Limits {
  const length = param.type === 'length';
  return {
    min: param.min ?? (length ? 1 : -Number.MAX_SAFE_INTEGER),
    max: param.max ?? (length ? MAX_LENGTH : Number.MAX_SAFE_INTEGER),
    whole: param.type !== 'number',
  };
}

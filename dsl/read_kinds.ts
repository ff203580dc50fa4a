/**
 * Readers of kinds and their arguments: `block(512)`, `soft_topk(base: 20) by linear`. Which kinds
 * there are is data (KindTables); nothing here knows one by name.
 */
import type { ArgumentNode, StatementNode, WordNode } from './ast.ts';
import type { Span } from './diagnostics.ts';
import type { KindSignature, KindTables, ParamSignature } from './kinds.ts';
import { clip, problem } from './problem.ts';
import type { Read } from './read_values.ts';
import { atomsOf, type Limits, misfit, readNumber, readWord, surplus } from './read_values.ts';
import type { Reading } from './settings.ts';
import type { KindSpec, PoolSpec } from './spec.ts';
import { suggestOrList } from './suggest.ts';

export type KindField = keyof KindTables;
type Args = Readonly<Record<string, number | string | boolean>>;

/** Longest text in tokens: sixteen million, far beyond any model and safe for every product of two. */
export const MAX_LENGTH = 1 << 24;

/** `attention block(512)`. */
export const kind =
  (field: KindField): Read<KindSpec> =>
  (statement, reading) => {
    const atoms = atomsOf(statement, reading);
    if (!atoms?.[0]) return undefined;
    if (atoms[0].type !== 'word') return misfit(reading, atoms[0], statement, 'a kind');
    if (atoms[1]) return surplus(reading, atoms[1], statement);
    return readKind(field, atoms[0], reading);
  };

/** `pool soft_topk(base: 20) by linear`; without `by`, the first scorer. */
export const pool: Read<PoolSpec> = (statement, reading) => {
  const atoms = atomsOf(statement, reading);
  if (!atoms?.[0]) return undefined;
  const [pooling, by, scorer, more] = atoms;
  if (pooling.type !== 'word') return misfit(reading, pooling, statement, 'a kind');
  if (by && (by.type !== 'word' || by.text !== 'by' || by.args)) return surplus(reading, by, statement);
  const read = readKind('pool', pooling, reading);
  if (!by) return read && { ...read, scorer: defaultKind('scorer', read.span, reading) };
  if (!scorer) return noScorer(statement, by.span, reading);
  if (scorer.type !== 'word') return misfit(reading, scorer, statement, 'a scorer after `by`');
  if (more) return surplus(reading, more, statement);
  const scoring = readKind('scorer', scorer, reading);
  return read && scoring && { ...read, scorer: scoring };
};

function noScorer({ name }: StatementNode, span: Span, { report, kinds }: Reading): undefined {
  const help = `write a scorer after it, for example \`by ${kinds.scorer[0]?.name ?? 'linear'}\`, or remove it`;
  report(problem('D201', `\`${name.text}\` has no scorer after \`by\``, [{ span, text: '' }], help));
  return undefined;
}

/** The first kind of a table with its default arguments. */
export function defaultKind(field: KindField, span: Span, { kinds }: Reading): KindSpec {
  const [first] = kinds[field];
  if (!first) throw new Error(`no kinds of ${field}: the tables are the compiler's and never empty`);
  return { kind: first.name, args: defaultsOf(first.params), span };
}

const defaultsOf = (params: readonly ParamSignature[]): Args =>
  Object.fromEntries(
    params.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
  );

function readKind(field: KindField, atom: WordNode, reading: Reading): KindSpec | undefined {
  const table = reading.kinds[field];
  const signature = table.find(({ name }) => name === atom.text);
  if (!signature) return unknownKind(field, atom, reading);
  const args = readArgs(`\`${signature.name}\``, signature.params, atom.args ?? [], atom, reading);
  return args && { kind: signature.name, args, span: atom.span };
}

function unknownKind(field: KindField, atom: WordNode, { kinds, report }: Reading): undefined {
  const other = (Object.keys(kinds) as KindField[]).find((f) => f !== field && named(kinds[f], atom.text));
  const spelled = field === 'scorer' ? '`by`' : `\`${field}\``;
  const written = other === 'scorer' ? '`by`' : `\`${other}\``;
  const table = kinds[field].map(({ name }) => name);
  const help = other
    ? `\`${atom.text}\` goes with ${written}; the kinds of ${spelled} are: ${table.map((k) => `\`${k}\``).join(', ')}`
    : suggestOrList(atom.text, table, `the kinds of ${spelled} are`);
  report(
    problem('D106', `${spelled} has no kind \`${clip(atom.text)}\``, [{ span: atom.span, text: '' }], help),
  );
  return undefined;
}

const named = (table: readonly KindSignature[], text: string): boolean =>
  table.some(({ name }) => name === text);

/**
 * Arguments by parameter name, defaults filled in. Every argument is read, so that two mistakes in
 * one call are two messages.
 */
export function readArgs(
  what: string,
  params: readonly ParamSignature[],
  args: readonly ArgumentNode[],
  at: { readonly span: Span },
  reading: Reading,
): Args | undefined {
  const values: Record<string, number | string | boolean> = { ...defaultsOf(params) };
  const given = new Map<string, ArgumentNode>();
  let sound = true;
  for (const [i, argument] of args.entries()) {
    const param = paramOf(what, params, argument, i, reading);
    const earlier = param && given.get(param.name);
    if (earlier) {
      reading.report(
        problem('D108', `${what} has its \`${param.name}\` already`, [
          { span: argument.span, text: '' },
          { span: earlier.span, text: 'given here first' },
        ]),
      );
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

function paramOf(
  what: string,
  params: readonly ParamSignature[],
  { name, value, span }: ArgumentNode,
  position: number,
  { report }: Reading,
): ParamSignature | undefined {
  if (!name && position === 0 && params[0]) return params[0];
  const param = name && params.find((p) => p.name === name.text);
  if (param) return param;
  const known = params.map((p) => p.name);
  const label = { span: name?.span ?? span, text: '' };
  if (name) {
    const help = suggestOrList(
      name.text,
      known,
      known.length > 0 ? `${what} takes` : `${what} takes no arguments`,
    );
    report(problem('D107', `${what} has no argument \`${clip(name.text)}\``, [label], help));
    return undefined;
  }
  const help =
    known.length > 1
      ? `only the first argument may go without its name; write \`${known[Math.min(position, known.length - 1)]}: ${clip(value.text)}\``
      : undefined;
  const message =
    known.length === 0 ? `${what} takes no arguments` : `the argument \`${clip(value.text)}\` has no name`;
  report(
    problem('D107', message, [label], help ?? (known.length === 0 ? 'remove the parentheses' : undefined)),
  );
  return undefined;
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

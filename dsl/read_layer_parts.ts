/** Readers of the two fields that describe every layer: `ffn 3072 relu` and `norm post`. */
import { defaultKind, isKind, type KindSlot, readKind } from './read_kinds.ts';
import { type Atom, atomsOf, misfit, type Read, readNumber, readWord, surplus } from './read_values.ts';
import type { ModelFields, Reading } from './settings.ts';
import type { KindSpec, NormSpec } from './spec.ts';

const MAX_FFN = 1 << 20;

/** Reads `ffn 3072 relu`: a width, a kind and an activation. Each may be left out, but at least one must be given. */
export const ffn: Read<ModelFields['ffn']> = (statement, reading) => {
  const atoms = atomsOf(statement, reading);
  if (!atoms?.[0]) return undefined;
  const sized = atoms[0].type === 'number';
  const words = sized ? atoms.slice(1) : atoms;
  const number = words.find((atom) => atom.type === 'number');
  if (number) {
    const first = number === words[0];
    return first
      ? misfit(reading, number, statement, 'a width and a word')
      : surplus(reading, number, statement);
  }
  const read: Partial<Record<'ffn' | 'activation', KindSpec>> = {};
  for (const atom of words) {
    const slot = isKind('ffn', atom.text, reading) && !read.ffn ? 'ffn' : 'activation';
    if (read[slot]) return surplus(reading, atom, statement);
    const found = wordOf(slot, atom, 'the activation', reading);
    if (!found) return undefined;
    read[slot] = found;
  }
  const width = sized
    ? readNumber(atoms[0], { min: 1, max: MAX_FFN, whole: true }, '`ffn`', reading)
    : undefined;
  if (sized && width === undefined) return undefined;
  const at = statement.span;
  return {
    ...(read.ffn ?? defaultKind('ffn', at, reading)),
    activation: read.activation ?? defaultKind('activation', at, reading),
    ...(width !== undefined && { width }),
  };
};

const PLACES = ['post', 'pre'] as const;

/** Reads `norm post`: first `post` or `pre`, then the kind of the norm. At least one of the two must be given. */
export const norm: Read<NormSpec> = (statement, reading) => {
  const atoms = atomsOf(statement, reading);
  if (!atoms?.[0]) return undefined;
  const [first, second, third] = atoms;
  if (first.type !== 'word') return misfit(reading, first, statement, 'a word');
  const placed = !isKind('norm', first.text, reading);
  const place = placed ? readWord(first, PLACES, `\`${statement.name.text}\``, reading) : PLACES[0];
  if (!place) return undefined;
  const named = placed ? second : first;
  const extra = placed ? third : second;
  if (extra) return surplus(reading, extra, statement);
  if (!named) return { ...defaultKind('norm', statement.span, reading), place };
  if (named.type !== 'word') return surplus(reading, named, statement);
  const read = readKind('norm', named, reading);
  return read && { ...read, place };
};

/** Reads a kind. A word that is not a kind of the slot is reported as a wrong value of `what`. */
function wordOf(slot: KindSlot, atom: Atom, what: string, reading: Reading): KindSpec | undefined {
  if (atom.type === 'word' && isKind(slot, atom.text, reading)) return readKind(slot, atom, reading);
  const known = reading.kinds[slot].map(({ name }) => name);
  readWord(atom, known, what, reading);
  return undefined;
}

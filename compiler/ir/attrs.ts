/** Checks that the value of an attribute has the declared kind. Inside a body, any attribute may be a reference. */
import { type Dim, symbolsOf } from './dim.ts';
import { DTYPES, IS_ELEMENT } from './dtype.ts';
import type { AttrRef, AttrValue, Literal } from './graph.ts';
import type { AttrKind } from './op.ts';
import { sizeOf } from './tensors.ts';

const whole = (v: unknown): v is number => Number.isSafeInteger(v);
const object = (v: AttrValue): v is Exclude<AttrValue, number | string | boolean> => typeof v === 'object';

export const isRef = (v: AttrValue): v is AttrRef => object(v) && 'ref' in v;

/** Whether a value has the form of a dim in `dim.ts`: an integer, a symbol, or an operation on dims. */
function isDim(v: AttrValue): v is Dim {
  if (typeof v === 'string') return v !== '';
  if (!object(v)) return whole(v);
  return 'op' in v && 'args' in v && v.args.every(isDim);
}

const KNOWN_DTYPES: ReadonlySet<unknown> = new Set(DTYPES);

function isLiteral(v: AttrValue): v is Literal {
  if (!object(v) || !('data' in v)) return false;
  return (
    KNOWN_DTYPES.has(v.dtype) &&
    v.shape.every(whole) &&
    v.data.length === sizeOf(v.shape) &&
    v.data.every(IS_ELEMENT[v.dtype])
  );
}

const IS_OF_KIND: Readonly<Record<AttrKind, (v: AttrValue) => boolean>> = {
  // A body that is written for all values of an attribute k refers to this attribute by the symbol `@k`.
  int: (v) => whole(v) || (typeof v !== 'number' && isDim(v) && symbolsOf(v).every((s) => s.startsWith('@'))),
  float: (v) => typeof v === 'number',
  string: (v) => typeof v === 'string',
  bool: (v) => typeof v === 'boolean',
  dim: isDim,
  dims: (v) => Array.isArray(v) && v.every(isDim),
  ints: (v) => Array.isArray(v) && v.every(whole),
  literal: isLiteral,
  dtype: (v) => KNOWN_DTYPES.has(v),
};

export const isAttrOfKind = (kind: AttrKind, v: AttrValue): boolean => isRef(v) || IS_OF_KIND[kind](v);

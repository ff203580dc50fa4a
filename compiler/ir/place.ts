/**
 * The place of a node in the model, as data. Lowering writes it, passes keep it, and reports that count by side, layer
 * or part read it. A node's `scope` is only a name for people and for ONNX.
 */

export const SIDES = ['encoder', 'decoder'] as const;

/** The part `attention` includes everything in an attention except its projections: compressions, hashes, scores. */
export const ENCODER_PARTS = ['attention', 'projections', 'ffn', 'score', 'pool'] as const;
export const DECODER_PARTS = [
  'selfAttention',
  'crossAttention',
  'projections',
  'memoryProjections',
  'ffn',
  'head',
] as const;

/** The nodes of a gradient have the layer and the part of the node whose gradient they compute. */
export const PHASES = ['forward', 'backward', 'update'] as const;

export type Side = (typeof SIDES)[number];
export type EncoderPart = (typeof ENCODER_PARTS)[number];
export type DecoderPart = (typeof DECODER_PARTS)[number];
export type Part = EncoderPart | DecoderPart;
export type Phase = (typeof PHASES)[number];

export interface Place {
  /** Null for a node that belongs to neither side, such as a node of the search. */
  readonly side: Side | null;
  /** The layer of that side, counted from 0; null for a node before, after or between layers. */
  readonly layer: number | null;
  /** Null for a node of embeddings, norms or masks, which belong to no part. Such a node is never a matrix product. */
  readonly part: Part | null;
  readonly phase: Phase;
}

/** The place of a node that belongs to no side, layer or part. */
export const NOWHERE: Place = { side: null, layer: null, part: null, phase: 'forward' };

/** The parts that each side has. */
export const PARTS: Readonly<Record<Side, readonly Part[]>> = {
  encoder: ENCODER_PARTS,
  decoder: DECODER_PARTS,
};

/** The rule that a place breaks, as a sentence; undefined where it breaks none. */
export function placeFault({ side, layer, part, phase }: Place): string | undefined {
  if (side !== null && !SIDES.includes(side)) return `there is no side '${side}'`;
  if (!PHASES.includes(phase)) return `there is no phase '${phase}'`;
  if (layer !== null && !(Number.isSafeInteger(layer) && layer >= 0)) return `there is no layer ${layer}`;
  if (side === null)
    return layer === null && part === null ? undefined : 'it has a layer or a part, but no side';
  if (part !== null && !PARTS[side].includes(part)) return `the ${side} has no part '${part}'`;
  return undefined;
}

const same = <T>(all: readonly T[], otherwise: T): T =>
  all.every((one) => one === all[0]) ? all[0]! : otherwise;

/** The place that contains all given places. A field in which they differ is null; the phase is then `forward`. */
export function sharedPlace(all: readonly Place[]): Place {
  const side = same(
    all.map((one) => one.side),
    null,
  );
  const within = <T>(of: (place: Place) => T | null): T | null =>
    side === null ? null : same(all.map(of), null);
  return {
    side,
    layer: within(({ layer }) => layer),
    part: within(({ part }) => part),
    phase: same(
      all.map(({ phase }) => phase),
      'forward',
    ),
  };
}

/** The name of the innermost scope that contains all given scopes. */
export function sharedScope(scopes: readonly string[]): string {
  const [first = [], ...others] = scopes.map((scope) => scope.split('.'));
  const end = first.findIndex((name, i) => others.some((scope) => scope[i] !== name));
  return first.slice(0, end < 0 ? first.length : end).join('.');
}

/**
 * Where in a model a node belongs, as data. Lowering writes it, passes keep it, and whoever counts by side, layer or
 * part reads these fields. A node's `scope` is only a name for people and for ONNX.
 */

export const SIDES = ['encoder', 'decoder'] as const;

/** What attention does besides its projections belongs to attention: compressions, hashes, scores. */
export const ENCODER_PARTS = ['attention', 'projections', 'ffn', 'score', 'pool'] as const;
export const DECODER_PARTS = [
  ...(['selfAttention', 'crossAttention', 'projections', 'memoryProjections', 'ffn', 'head'] as const),
] as const;

/** A gradient belongs to the layer and the part whose gradient it is. */
export const PHASES = ['forward', 'backward', 'update'] as const;

export type Side = (typeof SIDES)[number];
export type EncoderPart = (typeof ENCODER_PARTS)[number];
export type DecoderPart = (typeof DECODER_PARTS)[number];
export type Part = EncoderPart | DecoderPart;
export type Phase = (typeof PHASES)[number];

export interface Place {
  /** Null for what belongs to neither side, such as the search for a text. */
  readonly side: Side | null;
  /** The layer of that side, from 0; null for what stands before, behind or between layers. */
  readonly layer: number | null;
  /** Null for what belongs to no part: embeddings, norms, masks. There are no matrix products among them. */
  readonly part: Part | null;
  readonly phase: Phase;
}

/** The place of a node that nobody has put anywhere else. */
export const NOWHERE: Place = { side: null, layer: null, part: null, phase: 'forward' };

/** The parts that each side has. */
export const PARTS: Readonly<Record<Side, readonly Part[]>> = {
  encoder: ENCODER_PARTS,
  decoder: DECODER_PARTS,
};

/** What is wrong with a place; undefined when it keeps the rules. */
export function placeFault({ side, layer, part, phase }: Place): string | undefined {
  if (side !== null && !SIDES.includes(side)) return `there is no side '${side}'`;
  if (!PHASES.includes(phase)) return `there is no phase '${phase}'`;
  if (layer !== null && !(Number.isSafeInteger(layer) && layer >= 0)) return `there is no layer ${layer}`;
  if (side === null)
    return layer === null && part === null ? undefined : 'a layer or a part belongs to a side';
  if (part !== null && !PARTS[side].includes(part)) return `the ${side} has no part '${part}'`;
  return undefined;
}

const same = <T>(all: readonly T[], otherwise: T): T =>
  all.every((one) => one === all[0]) ? all[0]! : otherwise;

/** The place that holds all of these: what they do not agree on is left open. */
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

/** The name of the innermost scope that holds all of these. */
export function sharedScope(scopes: readonly string[]): string {
  const [first = [], ...others] = scopes.map((scope) => scope.split('.'));
  const end = first.findIndex((name, i) => others.some((scope) => scope[i] !== name));
  return first.slice(0, end < 0 ? first.length : end).join('.');
}

/** The parts of costs: the name of each part in messages, and advice for making the part smaller. */
interface PartRow {
  readonly name: string;
  /** Advice that follows `to make it smaller: `, for both sides or for each side. */
  readonly remedy: string | { readonly encoder: string; readonly decoder: string };
}

const LENGTHS = 'shorter lengths in `schedule`';
const MEMORY = 'a shorter memory (`-> m`), or fewer decoder `layers`';
const OUTPUT = 'a shorter `target`, or fewer decoder `layers`';
const BATCH = 'a smaller `batch` if it is above 1';
const ACTIVATIONS = { encoder: `${LENGTHS}, or ${BATCH}`, decoder: `a shorter \`target\`, or ${BATCH}` };
const SEARCH = `a shorter \`target\` or memory (\`-> m\`), or ${BATCH}`;
const FEWER = { encoder: LENGTHS, decoder: OUTPUT };
const WORDS = 'a smaller `vocabulary` or `width`';

export const PARTS = {
  attention: { name: 'attention', remedy: `${LENGTHS}, or smaller blocks` },
  projections: { name: 'projections', remedy: `a smaller \`width\`, or ${LENGTHS}` },
  ffn: { name: 'feed-forward network', remedy: `a narrower \`ffn\`, or ${LENGTHS}` },
  score: { name: 'scorer', remedy: `a cheaper scorer, or ${LENGTHS}` },
  pool: { name: 'pooling', remedy: `another \`pool\`, or ${LENGTHS}` },
  selfAttention: { name: 'self-attention', remedy: OUTPUT },
  crossAttention: { name: 'cross-attention', remedy: MEMORY },
  memoryProjections: { name: 'keys and values of the memory', remedy: MEMORY },
  head: { name: 'projection onto the vocabulary', remedy: WORDS },
  attentions: { name: 'attention matrices', remedy: 'a shorter `target`, or a shorter memory (`-> m`)' },
  rows: { name: 'representations', remedy: LENGTHS },
  'weights.embeddings': { name: 'embeddings', remedy: WORDS },
  'weights.head': { name: 'output projection', remedy: '`share embeddings`, or a smaller `vocabulary`' },
  'weights.attention': { name: 'weights of attention', remedy: 'a smaller `width`, or fewer layers' },
  'weights.ffn': { name: 'feed-forward weights', remedy: 'a narrower `ffn`, or fewer layers' },
  'weights.scorers': { name: 'weights of scorers', remedy: 'a simpler scorer' },
  'weights.norms': { name: 'weights of norms', remedy: 'a smaller `width`, or fewer layers' },
  'weights.other': { name: 'other weights', remedy: 'a smaller model' },
  weights: { name: 'weights', remedy: 'fewer bits (`precision`), or a smaller model' },
  activations: { name: 'activations', remedy: { ...ACTIVATIONS, decoder: SEARCH } },
  gradients: { name: 'gradients of the weights', remedy: 'a smaller model' },
  moments: { name: 'Adam’s moments', remedy: 'a smaller model' },
  kept: { name: 'activations kept for gradients', remedy: ACTIVATIONS },
  multiplies: { name: 'multiplications outside matrix products', remedy: FEWER },
  adds: { name: 'additions', remedy: FEWER },
  exps: { name: 'exponentials', remedy: { ...FEWER, encoder: `${LENGTHS}, or smaller blocks` } },
  macs: { name: 'multiplications in matrix products', remedy: FEWER },
  read: { name: 'bytes read', remedy: FEWER },
  written: { name: 'bytes written', remedy: FEWER },
  time: { name: 'predicted time', remedy: FEWER },
  memoryCache: { name: 'keys and values of the memory', remedy: 'a shorter memory (`-> m`)' },
  wordCache: { name: 'keys and values of written words', remedy: 'a shorter `target`' },
} satisfies Readonly<Record<string, PartRow>>;

/** The advice for a part. A part that belongs to no side gets the advice for the encoder. */
export function remedyOf(part: PartName, side: 'encoder' | 'decoder' | null): string {
  const { remedy }: PartRow = PARTS[part];
  return typeof remedy === 'string' ? remedy : remedy[side ?? 'encoder'];
}

export type PartName = keyof typeof PARTS;

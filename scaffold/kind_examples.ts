/**
 * The first version of a new kind, for each slot. It is the smallest correct kind, and shows the author which fields the
 * slot requires.
 */

export interface KindExample {
  /** The section of docs/language.md that lists the kinds of the slot. */
  readonly section: string;
  /** The text of its entry in that section. */
  readonly means: string;
  readonly file: (name: string, id: string) => string;
  /** The fields of an encoder that uses the kind. The kind's name replaces NAME. */
  readonly encoder: string;
  /** Fields of the model that use the kind, one in each line. */
  readonly rest?: string;
  readonly decoder?: true;
}

export const EXAMPLES: Readonly<Record<string, KindExample>> = {
  attention: {
    section: 'Attention',
    means: 'every representation attends to every other; replace this by what it computes.',
    encoder: 'attention NAME; schedule 32',
    file: (
      name,
      id,
    ) => `/** \`attention ${name}\`: replace this by who attends to whom, and its source (paper, section). */
import { attention, openMask } from '../../ops/attention.ts';
import type { AttentionKind } from './kind.ts';

export const ${id}: AttentionKind = {
  name: '${name}',
  doc: 'Every representation attends to every other (replace this; source: paper, section).',
  params: [],
  // It accepts any number of rows, and a row may attend to the whole document.
  multiple: null,
  independent: null,
  received: null,
  causal: null,
  cross: null,
  lower: ({ b, mask, heads, project }) => {
    const ins = [project('q_proj'), project('k_proj'), project('v_proj'), mask && openMask(b, mask)];
    return b.add(attention, ins, { heads });
  },
};
`,
  },
  pool: {
    section: 'Pooling',
    means: 'the first representations of the document are kept; replace this by what it computes.',
    encoder: 'attention full; schedule 32 -> 8; pool NAME',
    file: (
      name,
      id,
    ) => `/** \`pool ${name}\`: replace this by how it reduces the number of rows, and its source (paper, section). */
import { min } from '../../ir/dim.ts';
import { literal, iota, scalar } from '../../ops/constants.ts';
import { expand, reshape } from '../../ops/layout.ts';
import { slice } from '../../ops/pieces.ts';
import type { PoolKind } from './kind.ts';

export const ${id}: PoolKind = {
  name: '${name}',
  doc: 'The first k rows as they are (replace this; source: paper, section).',
  params: [],
  emitted: (n, k) => min(n, k),
  lower: ({ b, n, k, rows, mask }) => {
    const x = rows();
    const [batch, kept] = [x.type.shape[0]!, min(n, k)];
    const first = { axis: 1, start: 0, end: kept };
    const real = mask ?? b.add(expand, [scalar(b, 'bool', 1)], { shape: [batch, n] });
    const shape = [batch, kept, 1];
    const index = b.add(reshape, [b.add(iota, [], { n: kept })], { shape: [1, kept, 1] });
    return {
      x: b.add(slice, [x], first),
      mask: b.add(slice, [real], first),
      index: b.add(expand, [index], { shape }),
      weight: b.add(expand, [literal(b, 'f32', [], [1])], { shape }),
    };
  },
};
`,
  },
  scorer: {
    section: 'Scorers',
    means: 'two linears with a ReLU between them, through a sigmoid; replace this by what it computes.',
    encoder: 'attention full; schedule 32 -> 8; pool hard_topk by NAME',
    file: (
      name,
      id,
    ) => `/** \`by ${name}\`: replace this by how a row is scored, and its source (paper, section). */
import { squeeze } from '../../ops/layout.ts';
import { relu, sigmoid } from '../../ops/unary.ts';
import type { ScorerKind } from './kind.ts';

export const ${id}: ScorerKind = {
  name: '${name}',
  doc: 'σ(w · relu(W·e + b) + c) for each row e (replace this; source: paper, section).',
  params: [],
  lower: ({ b, x, width, linear }) => {
    const hidden = b.add(relu, [linear('fc1', x, width)]);
    return b.add(sigmoid, [b.add(squeeze, [linear('fc2', hidden, 1)], { axis: -1 })]);
  },
};
`,
  },
  positions: {
    section: 'Positions',
    means: 'a learned vector for each position is added; replace this by what it computes.',
    encoder: 'positions NAME; attention full; schedule 32',
    file: (
      name,
      id,
    ) => `/** \`positions ${name}\`: replace this by how tokens get their positions, and its source (paper, section). */
import { gather } from '../../ops/gather.ts';
import type { PositionsKind } from './kind.ts';

/** As in fairseq, positions begin at 2, because padding has position 1. */
const BEFORE_THE_FIRST = 2;

export const ${id}: PositionsKind = {
  name: '${name}',
  doc: 'A learned vector for each position (replace this; source: paper, section).',
  params: [],
  lower: ({ b, index, width, length, weight }) => {
    const init = { kind: 'normal', std: width ** -0.5 } as const;
    return b.add(gather, [weight('weight', [length + BEFORE_THE_FIRST, width], init, 'rows'), index]);
  },
};
`,
  },
  ffn: {
    section: 'Feed-forward',
    means: 'two linears with the activation between them; replace this by what it computes.',
    encoder: 'attention full; schedule 32',
    rest: '  ffn 32 NAME relu\n',
    file: (
      name,
      id,
    ) => `/** \`ffn 3072 ${name}\`: replace this by what the network computes, and its source (paper, section). */
import type { FfnKind } from './kind.ts';

export const ${id}: FfnKind = {
  name: '${name}',
  doc: 'Two linears with an activation between them (replace this; source: paper, section).',
  params: [],
  lower: ({ x, inner, width, linear, activate }) => linear('fc2', activate(linear('fc1', x, inner)), width),
};
`,
  },
  activation: {
    section: 'Feed-forward',
    means: 'the activation x·σ(x); replace this by what it computes.',
    encoder: 'attention full; schedule 32',
    rest: '  ffn 32 NAME\n',
    file: (
      name,
      id,
    ) => `/** \`ffn 3072 ${name}\`: replace this by what the function computes, and its source (paper, section). */
import { mul } from '../../ops/binary.ts';
import { sigmoid } from '../../ops/unary.ts';
import type { ActivationKind } from './kind.ts';

export const ${id}: ActivationKind = {
  name: '${name}',
  doc: 'x·σ(x) (replace this; source: paper, section).',
  params: [],
  lower: (b, x) => b.add(mul, [x, b.add(sigmoid, [x])]),
};
`,
  },
  norm: {
    section: 'Norms',
    means: 'layer normalisation without a bias; replace this by what it computes.',
    encoder: 'attention full; schedule 32',
    rest: '  norm pre NAME\n',
    file: (
      name,
      id,
    ) => `/** \`norm pre ${name}\`: replace this by how rows are normalised, and its source (paper, section). */
import { literal } from '../../ops/constants.ts';
import { layerNorm } from '../../ops/layer_norm.ts';
import type { NormKind } from './kind.ts';

export const ${id}: NormKind = {
  name: '${name}',
  doc: 'Mean 0 and variance 1 of each row, then a gain (replace this; source: paper, section).',
  params: [],
  lower: ({ b, x, width, weight }) => {
    const gain = weight('weight', [width], { kind: 'constant', value: 1 });
    const none = literal(b, 'f32', [width], Array.from({ length: width }, () => 0));
    return b.add(layerNorm, [x, gain, none]);
  },
};
`,
  },
  head: {
    section: 'Heads',
    means: 'a logit for each token of the vocabulary, scaled; replace this by what it computes.',
    encoder: 'attention full; schedule 32',
    rest: '  head NAME\n',
    decoder: true,
    file: (
      name,
      id,
    ) => `/** \`head ${name}\`: replace this by what it computes from the last layer, and its source (paper, section). */
import { mul } from '../../ops/binary.ts';
import { literal } from '../../ops/constants.ts';
import { linear } from '../../ops/linear.ts';
import type { HeadKind } from './kind.ts';

export const ${id}: HeadKind = {
  name: '${name}',
  doc: 'Logits over the vocabulary divided by √d (replace this; source: paper, section).',
  params: [],
  check: (_, { decodes }) =>
    decodes
      ? undefined
      : { message: 'the head \`${name}\` writes text, but there is no decoder', help: 'add \`decoder { }\`' },
  lower: ({ b, x, width, embedding }) => {
    const logits = b.add(linear, [x, embedding(), null]);
    return b.add(mul, [logits, literal(b, 'f32', [], [1 / Math.sqrt(width)])]);
  },
};
`,
  },
};

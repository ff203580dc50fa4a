/**
 * docs/weights.md lists the weights that models need. The lists are computed from the models themselves:
 * `BENBEN_UPDATE=1 npx vitest run test/weights_page.test.ts` writes them.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KINDS } from '../compiler/model/kinds/index.ts';
import { compile, type WeightSpec } from '../index.ts';
import { OTHER_NAMES } from '../runtime/weights/fairseq_names.ts';

const PAGE = 'docs/weights.md';

/** Sizes that cannot be confused with each other, and their symbols. */
const SYMBOLS: ReadonlyMap<number, string> = new Map([
  [10_007, 'V'],
  [96, 'd'],
  [200, 'f'],
]);

interface Choice {
  readonly model?: string;
  readonly pool?: string;
  readonly encoder?: string;
  readonly decoder?: string;
  readonly ffn?: string;
}

function weightsOf({
  model = '',
  encoder = '',
  decoder = '',
  pool = 'pool soft_topk',
  ffn = '',
}: Choice): readonly WeightSpec[] {
  const text = `model M {
    vocabulary 10_007; width 96; heads 3; ffn 200 ${ffn}; share none
    ${model}
    encoder { schedule 1k, 1k -> 256; ${pool}; ${encoder} }
    decoder { layers 2; target 40; ${decoder} }
  }`;
  const { value, diagnostics } = compile({ path: 'm.ben', text }, { passes: 'none' });
  if (!value) throw new Error(`${text}\n${diagnostics[0]?.message}`);
  return value.weights;
}

const numbered = (name: string): string => name.replace(/\.\d+\./g, '.N.');
const shapeText = (shape: readonly number[]): string =>
  `[${shape.map((size) => (SYMBOLS.has(size) ? `*${SYMBOLS.get(size)}*` : size)).join(', ')}]`;

/** The weights, each once for all layers. */
const distinct = (weights: readonly WeightSpec[]): readonly WeightSpec[] => [
  ...new Map(weights.map((weight) => [numbered(weight.name), weight])).values(),
];

/** How a slot's kind is chosen, and which weights belong to it. */
const SLOTS: Readonly<
  Record<keyof typeof KINDS, readonly [(kind: string) => Choice, (weight: WeightSpec) => boolean]>
> = {
  attention: [
    (kind) => ({ encoder: `attention ${kind}` }),
    ({ name }) => /^encoder\..*\.self_attn\./.test(name),
  ],
  decoderAttention: [
    (kind) => ({ decoder: `attention ${kind}` }),
    ({ name }) => /^decoder\..*\.self_attn\./.test(name),
  ],
  crossAttention: [
    (kind) => ({ decoder: `cross_attention ${kind}` }),
    ({ name }) => /\.encoder_attn\./.test(name),
  ],
  pool: [
    (kind) => ({ pool: `pool ${kind}` }),
    ({ name, group }) => group !== 'scorers' && name.startsWith('encoder.pooler.'),
  ],
  scorer: [(kind) => ({ pool: `pool soft_topk by ${kind}` }), ({ group }) => group === 'scorers'],
  positions: [
    (kind) => ({ encoder: `positions ${kind}` }),
    ({ name }) => name.startsWith('encoder.embed_positions'),
  ],
  ffn: [
    (kind) => ({ ffn: kind }),
    ({ name, side }) => side === 'encoder' && /\.layers\.\d+\.(?!self_attn|\w+_norm)/.test(name),
  ],
  activation: [(kind) => ({ ffn: kind }), ({ name, group }) => group === 'ffn' && !/\.fc[12]\./.test(name)],
  norm: [
    (kind) => ({ model: `norm post ${kind}` }),
    ({ name }) => /^encoder\..*\.final_layer_norm\./.test(name),
  ],
  head: [
    (kind) => ({ model: `head ${kind}` }),
    ({ name, group }) => group === 'head' || /output_projection/.test(name),
  ],
};

const TITLES: Readonly<Record<keyof typeof KINDS, string>> = {
  attention: '`attention` of the encoder',
  decoderAttention: '`attention` of the decoder',
  crossAttention: '`cross_attention`',
  pool: '`pool`',
  scorer: '`by` (scorer)',
  positions: '`positions`',
  ffn: '`ffn` (network)',
  activation: '`ffn` (activation)',
  norm: '`norm`',
  head: '`head`',
};

const modelTable = (): string =>
  [
    '| name | shape | group |',
    '| --- | --- | --- |',
    ...distinct(weightsOf({})).map(
      ({ name, shape, group }) => `| \`${numbered(name)}\` | ${shapeText(shape)} | ${group} |`,
    ),
  ].join('\n');

function kindTable(): string {
  const rows = Object.entries(SLOTS).flatMap(([slot, [choose, belongs]]) =>
    KINDS[slot as keyof typeof KINDS].map(({ name }) => {
      const own = distinct(weightsOf(choose(name)).filter(belongs));
      const listed = own
        .map((weight) => `\`${numbered(weight.name)}\` ${shapeText(weight.shape)}`)
        .join('<br>');
      return `| ${TITLES[slot as keyof typeof KINDS]} | \`${name}\` | ${listed || 'none'} |`;
    }),
  );
  return ['| slot | kind | weights |', '| --- | --- | --- |', ...rows].join('\n');
}

const namesTable = (): string =>
  [...OTHER_NAMES.embeddings]
    .map(([name, others]) => `- \`${name}\`: ${others.map((other) => `\`${other}\``).join(', ')}`)
    .join('\n');

const prefixes = (): string =>
  OTHER_NAMES.prefixes
    .filter(Boolean)
    .map((one) => `\`${one}\``)
    .join(', ');

const SECTIONS: Readonly<Record<string, () => string>> = {
  model: () => `\n${modelTable()}\n`,
  kinds: () => `\n${kindTable()}\n`,
  names: () => `\n${namesTable()}\n`,
  prefixes,
};

test('the page lists the weights of every kind', () => {
  const page = readFileSync(PAGE, 'utf8');
  const wanted = Object.entries(SECTIONS).reduce((text, [name, write]) => {
    const section = new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- end -->)`);
    expect(text).toMatch(section);
    return text.replace(section, (_, begin: string, end: string) => `${begin}${write()}${end}`);
  }, page);
  if (process.env.BENBEN_UPDATE) writeFileSync(PAGE, wanted);
  else expect(page, 'write the lists with BENBEN_UPDATE=1').toBe(wanted);
});

test('passes do not change which weights a checkpoint must contain', () => {
  const text = readFileSync('examples/tiny.ben', 'utf8');
  const names = (passes: 'none' | undefined) =>
    compile({ path: 'tiny.ben', text }, passes ? { passes } : {})
      .value!.weights.map(({ name, shape }) => `${name} ${shape}`)
      .sort();
  expect(names(undefined)).toEqual(names('none'));
});

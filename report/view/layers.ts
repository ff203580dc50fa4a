/** The tables of multiplications by layer and by part. */
import { DECODER_PARTS, type DecoderPart, ENCODER_PARTS } from '../algebra/parts.ts';
import type { Counted, LayerReport, Macs, ModelReport } from '../report.ts';
import { both, exact, share, short } from './numbers.ts';
import type { Section } from './section.ts';

const pooling = ({ pool, scorer }: LayerReport): string => (pool ? `${pool} by ${scorer}` : '');

export function encoderSection({ encoder }: ModelReport): Section {
  const { layers, macs } = encoder;
  const pools = layers.some(({ pool }) => pool);
  const parts = ENCODER_PARTS.filter((part) => pools || (part !== 'score' && part !== 'pool'));
  const whole = macs.total.count;
  const numbers = (of: (part: (typeof parts)[number] | 'total') => Counted): readonly string[] => [
    ...parts.map((part) => short(of(part).count)),
    short(of('total').count),
    share(of('total').count, whole),
  ];
  const names = (layer: LayerReport): readonly string[] => [
    layer.attention,
    ...(pools ? [pooling(layer)] : []),
  ];
  const rows = layers.map((layer, i) => [
    String(i + 1),
    exact(layer.consumes),
    exact(layer.emits),
    ...names(layer),
    ...numbers((part) => layer.macs[part]),
  ]);
  const before = ['layer', 'consumes', 'emits', 'kind', ...(pools ? ['then pools'] : [])];
  const head = [...before, ...parts.map((part) => (part === 'score' ? 'scores' : part)), 'all', 'share'];
  const all = ['all', '', '', ...(pools ? ['', ''] : ['']), ...numbers((part) => macs[part])];
  const right = head.map((_, i) => i).filter((i) => i < 3 || i >= before.length);
  return { title: 'Encoder, multiplications', head, rows: [...rows, all], right, summed: true };
}

const TITLES: Readonly<Record<DecoderPart, string>> = {
  selfAttention: 'self-attention',
  crossAttention: 'cross-attention',
  projections: 'projections',
  memoryProjections: 'memory projections',
  ffn: 'ffn',
  head: 'output projection',
};

/** The cost of one decoder layer, because all decoder layers cost the same. */
const ofOneLayer = (layers: readonly Macs<DecoderPart>[], part: DecoderPart): string =>
  part === 'head' ? '' : short(layers[0]![part].count);

export function decoderSection(
  { lengths: { target } }: ModelReport,
  { layers, macs, paperSelfAttention }: NonNullable<ModelReport['decoder']>,
): Section {
  const whole = macs.total.count;
  const rows = DECODER_PARTS.map((part) => [
    TITLES[part],
    ofOneLayer(layers, part),
    short(macs[part].count),
    share(macs[part].count, whole),
  ]);
  return {
    title: 'Decoder, multiplications',
    head: ['part', 'one layer', layers.length > 1 ? `all ${layers.length} layers` : 'in all', 'share'],
    rows: [...rows, ['all', '', short(whole), share(whole, whole)]],
    right: [1, 2, 3],
    summed: true,
    notes: [
      `Self-attention is causal: word i attends to i words, which makes t(t + 1)/2 = ${exact((BigInt(target) * BigInt(target + 1)) / 2n)} pairs. The paper’s convention of t/2 keys for each word would give ${both(paperSelfAttention.count)} multiplications.`,
    ],
  };
}

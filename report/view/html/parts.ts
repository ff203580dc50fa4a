/** The name, colour and texture of each part of a model, the same everywhere on the page. */
import type { DecoderPart, EncoderPart } from '../../algebra/parts.ts';
import { type Html, html } from './markup.ts';

type Part = EncoderPart | DecoderPart;

export interface PartLook {
  readonly name: string;
  /** The CSS class that gives it colour and texture (style.ts). */
  readonly look: string;
}

export const PARTS: Readonly<Record<Part, PartLook>> = {
  attention: { name: 'attention', look: 'attention' },
  projections: { name: 'projections', look: 'projections' },
  ffn: { name: 'feed-forward', look: 'ffn' },
  score: { name: 'scoring', look: 'score' },
  pool: { name: 'pooling', look: 'pool' },
  selfAttention: { name: 'self-attention', look: 'attention' },
  crossAttention: { name: 'cross-attention', look: 'cross' },
  memoryProjections: { name: 'memory projections', look: 'memory' },
  head: { name: 'output head', look: 'head' },
};

/** The legend's entries in the order of the bars. Parts with the same look share an entry. */
const LEGEND: readonly (readonly [look: string, text: string])[] = [
  ['attention', 'self-attention (QKᵀ and PV)'],
  ['cross', 'cross-attention'],
  ['projections', 'projections'],
  ['memory', 'projections of the memory'],
  ['ffn', 'feed-forward'],
  ['score', 'scoring'],
  ['pool', 'pooling'],
  ['head', 'output head'],
];

export const legend = (shown: ReadonlySet<string>): Html =>
  html`<ul class="legend" aria-label="Legend">${LEGEND.filter(([look]) => shown.has(look)).map(
    ([look, text]) => html`<li><span class="key ${look}" aria-hidden="true"></span>${text}</li>`,
  )}</ul>`;

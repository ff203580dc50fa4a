/** Makes the tables of a report. */

import { wholeOf } from '../../compiler/model/index.ts';
import { printable } from '../../dsl/printable.ts';
import type { ReportDocument, ReportedModel } from '../document.ts';
import { positionBytes } from '../memory/memory_report.ts';
import { notesOf } from '../notes.ts';
import type { ModelReport } from '../report.ts';
import type { Table1Cell } from '../table1.ts';
import { comparison } from './comparison.ts';
import { decoderSection, encoderSection } from './layers.ts';
import { memoryRows } from './memory.ts';
import { both, bytes, decimals, exact, share, short } from './numbers.ts';
import { operationsSection } from './operations.ts';
import type { ModelSections, Section, Sections } from './section.ts';
import { breakEvenText, formulasSection, ratiosSection } from './studies.ts';
import { sweepSection } from './sweep.ts';
import { timesSection } from './times.ts';

const productOf = ({ text }: Table1Cell, atMost = false): string =>
  text === null ? 'not a product of these symbols' : atMost ? `at most ${text}` : text;

/** The model's row of the paper's Table 1, in the paper's units. */
function table1Section({ spec, table1, macs }: ModelReport): Section {
  const { selfAttention, crossAttention, bound, symbols, c } = table1;
  const values = Object.entries(symbols).map(([symbol, value]) => `${symbol} = ${exact(value)}`);
  const others = spec.decoder && BigInt(spec.decoder.layers) !== symbols.l;
  const layers = others
    ? `; in cross-attention l = ${exact(spec.decoder!.layers)}, the number of decoder layers`
    : '';
  const rows = [
    ['self-attention', productOf(selfAttention, table1.atMost), both(selfAttention.units)],
    ...(bound ? [[`at most, with k = ${exact(bound.k)}`, bound.text!, both(bound.units)]] : []),
    ...(crossAttention ? [['cross-attention', productOf(crossAttention), both(crossAttention.units)]] : []),
    ['all multiplications', '', both(macs.count)],
  ];
  return {
    title: 'Table 1',
    head: ['', 'in symbols', 'units'],
    rows,
    right: [],
    notes: [
      `${values.join(', ')}${layers}; c = Σ nᵢ / n = ${decimals(c, 4)} effective layers.`,
      'The units are half of the multiplications in QKᵀ and PV, for one document. The row of all multiplications counts every matrix product, for the whole batch.',
    ],
  };
}

function parametersSection({ parameters: { total, groups } }: ModelReport): Section {
  const rows = Object.entries(groups)
    .sort(([, a], [, b]) => (a < b ? 1 : a > b ? -1 : 0))
    .map(([name, size]) => [name, exact(size), share(size, total)]);
  return {
    title: 'Parameters',
    head: ['group', 'parameters', 'share'],
    rows: [...rows, ['all', exact(total), '100 %']],
    right: [1, 2],
    summed: true,
  };
}

const DECODER_MATRICES =
  'Attention matrices are counted whole, because they are computed whole. In the decoder’s self-attention each head has t² entries, although word i attends only to i words.';

const PLANS =
  'The activations of a run are the memory that ONNX Runtime uses for them, including memory that it keeps for later values. The activations of training are an estimate: a real graph of gradients can need more than twice as much.';

function memorySection(report: ModelReport): Section {
  const { memory, decoder } = report;
  const tables = positionBytes(report);
  return {
    title: 'Memory in float32',
    head: ['', 'exactly', 'about'],
    rows: [
      ...memoryRows(memory).map(([name, size]) => [name, `${exact(size)} bytes`, bytes(size)]),
      [
        `${wholeOf(report.spec)}: attention matrices`,
        `${exact(memory.attentionElements)} entries`,
        short(memory.attentionElements),
      ],
    ],
    right: [1, 2],
    notes: [
      ...(memory.peakActivationBytes === null ? [] : [PLANS]),
      ...(tables > 0n
        ? [`Tables of positions, ${bytes(tables)} of the artifact, do not count as weights.`]
        : []),
      ...(decoder ? [DECODER_MATRICES] : []),
    ],
  };
}

function aboutModel({ spec, lengths: { length, target, batch } }: ModelReport): string {
  const parts = [
    `documents of ${exact(length)} tokens`,
    ...(spec.decoder ? [`outputs of ${exact(target)}`] : []),
    ...(batch > 1 ? [`${exact(batch)} at once`] : []),
  ];
  return parts.join(', ');
}

function modelSections({
  source,
  report,
  breakEven,
  ratios,
  sweep,
  predicted,
}: ReportedModel): ModelSections {
  return {
    name: report.name,
    path: printable(source.path),
    about: [aboutModel(report), ...notesOf(report)],
    sections: [
      table1Section(report),
      ...(ratios ? [ratiosSection(report, ratios)] : []),
      { ...encoderSection(report), notes: [breakEvenText(report, breakEven)] },
      ...(report.decoder ? [decoderSection(report, report.decoder)] : []),
      operationsSection(report),
      parametersSection(report),
      memorySection(report),
      ...(predicted ? [timesSection(report, predicted)] : []),
      ...(sweep ? [sweepSection(sweep)] : []),
      formulasSection(report),
    ],
  };
}

export const sectionsOf = ({ models }: ReportDocument): Sections => ({
  comparison: models.length > 1 ? comparison(models) : null,
  models: models.map(modelSections),
});

/**
 * The table of all quantities by their names in budgets (dsl/quantities.ts): the value at given lengths, the parts that
 * add up to it, and the formula. Ratios, sweeps, `--json` and `check` blocks all read this table, so they always agree.
 */

import { constant } from '../../compiler/ir/polynomial.ts';
import type { QuantityName } from '../../dsl/quantities.ts';
import { groupsOf, lumped, part, sumOf } from '../algebra/amounts.ts';
import { whole } from '../algebra/fractions.ts';
import { DECODER_PARTS, ENCODER_PARTS } from '../algebra/parts.ts';
import { rational } from '../algebra/rational.ts';
import { breakEvenOf } from '../break_even.ts';
import { measure } from '../measured.ts';
import { kvCache } from '../memory/kv_cache.ts';
import {
  activations,
  executed,
  GRADIENT_BYTES,
  MOMENT_BYTES,
  macs,
  operations,
  perWeight,
  type QuantityRow,
  timeOf,
  trainingActivations,
  weightBytes,
} from './quantity_rows.ts';

/** All quantities, in the order of the report. */
export const QUANTITY_TABLE: Readonly<Record<QuantityName, QuantityRow>> = {
  self_attention: macs('selfAttention', 'encoder self-attention', { encoder: ['attention'] }),
  cross_attention: macs('crossAttention', 'cross-attention', { decoder: ['crossAttention'] }),
  decoder_self_attention: macs('decoderSelfAttention', 'decoder self-attention', {
    decoder: ['selfAttention'],
  }),
  paper_self_attention: {
    json: 'paperSelfAttention',
    title: 'decoder self-attention, by the paper',
    measures: 'multiplications',
    of: ({ report: { decoder } }) => {
      const { layers = [], paperSelfAttention } = decoder ?? {};
      const amount = paperSelfAttention && rational(paperSelfAttention.count, BigInt(layers.length));
      return amount
        ? sumOf(layers.map((_, layer) => ({ part: 'selfAttention', side: 'decoder', layer, amount })))
        : null;
    },
    formula: ({ decoder }) => decoder?.paperSelfAttention.formula,
  },
  attention: macs('attention', 'all attention', {
    encoder: ['attention'],
    decoder: ['selfAttention', 'crossAttention'],
  }),
  projections: macs('projections', 'projections', { encoder: ['projections'], decoder: ['projections'] }),
  memory_projections: macs('memoryProjections', 'memory projections', { decoder: ['memoryProjections'] }),
  ffn: macs('ffn', 'feed-forward networks', { encoder: ['ffn'], decoder: ['ffn'] }),
  score: macs('score', 'scorers', { encoder: ['score'] }),
  pool: macs('pool', 'poolings', { encoder: ['pool'] }),
  head: macs('head', 'output projection', { decoder: ['head'] }),
  encoder_macs: macs('encoderMacs', 'encoder', { encoder: ENCODER_PARTS }),
  decoder_macs: macs('decoderMacs', 'decoder', { decoder: DECODER_PARTS }),
  macs: macs('macs', 'all multiplications', { encoder: ENCODER_PARTS, decoder: DECODER_PARTS }),
  attention_elements: {
    json: 'attentionElements',
    title: 'attention matrices',
    measures: 'entries',
    of: ({ report: { operations: all } }) =>
      sumOf(
        all.layers.map(({ side, layer, entries }) => ({
          ...part(side === 'encoder' ? 'attention' : 'attentions', entries, side),
          layer,
        })),
      ),
    formula: (report) => report.entries.formula,
  },
  multiplies: operations('multiplies', 'other multiplications'),
  adds: operations('adds', 'other additions'),
  exps: operations('exps', 'exponentials'),
  compiled_macs: executed('macs', 'compiledMacs', 'multiplications, compiled', 'multiplications'),
  bytes_read: executed('read', 'bytesRead', 'bytes read'),
  bytes_written: executed('written', 'bytesWritten', 'bytes written'),
  effective_layers: {
    json: null,
    title: 'effective layers',
    measures: 'layers',
    of: ({ report: { table1 } }) => {
      const [n] = table1.rows;
      return sumOf(
        table1.rows.map((rows, layer) => ({
          part: 'rows',
          side: 'encoder',
          layer,
          amount: rational(rows, n!),
        })),
      );
    },
  },
  break_even: {
    json: null,
    title: 'break-even',
    measures: 'tokens',
    of: ({ report }) => {
      const [first] = breakEvenOf(measure(report.spec)).more;
      return first ? { total: whole(first.from), parts: [] } : null;
    },
    none: 'its attention costs at most as much as its projections and feed-forward networks for documents of any length',
  },
  predicted_time: {
    json: null,
    title: 'predicted time',
    measures: 'seconds',
    of: ({ report: { spec, lengths }, precision, footprint, device }) => {
      const predicted = device ? footprint.time(spec, lengths, precision, device) : null;
      return predicted && timeOf(predicted);
    },
  },
  parameters: {
    json: 'parameters',
    title: 'parameters',
    measures: 'parameters',
    of: ({ report }) => groupsOf(report.parameters.groups),
    formula: ({ parameters }) => constant(parameters.total),
  },
  weight_bytes: {
    json: 'weightBytes',
    title: 'weights',
    measures: 'bytes',
    of: weightBytes,
  },
  peak_activations: {
    json: 'peakActivationBytes',
    title: 'activations at once, default entry',
    measures: 'bytes',
    of: activations,
  },
  peak_memory: {
    json: 'peakMemoryBytes',
    title: 'weights and activations at once, default entry',
    measures: 'bytes',
    of: (request) => {
      const most = activations(request);
      return most && sumOf([lumped('weights', weightBytes(request)), ...most.parts]);
    },
  },
  gradient_bytes: {
    json: 'gradientBytes',
    title: 'training, gradients of weights',
    measures: 'bytes',
    of: ({ report }) => perWeight('gradients', GRADIENT_BYTES, report),
  },
  optimizer_bytes: {
    json: 'optimizerBytes',
    title: 'training, Adam’s moments',
    measures: 'bytes',
    of: ({ report }) => perWeight('moments', MOMENT_BYTES, report),
  },
  training_activations: {
    json: 'trainingActivationBytes',
    title: 'training, activations at once (estimate)',
    measures: 'bytes',
    of: trainingActivations,
  },
  training_memory: {
    json: 'trainingMemoryBytes',
    title: 'training, all of it (estimate)',
    measures: 'bytes',
    of: (request) => {
      const most = trainingActivations(request);
      const weights = weightBytes({ ...request, precision: 'fp32' });
      return (
        most &&
        sumOf([
          lumped('weights', weights),
          ...perWeight('gradients', GRADIENT_BYTES, request.report).parts,
          ...perWeight('moments', MOMENT_BYTES, request.report).parts,
          ...most.parts,
        ])
      );
    },
  },
  kv_cache: {
    json: 'kvCacheBytes',
    title: 'keys and values kept',
    measures: 'bytes',
    of: ({ report, precision }) => kvCache(report, precision),
  },
};

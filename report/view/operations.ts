/** The table of operations (in matrix products and outside matrix products), and of the bytes that are read and written. */
import type { Executed } from '../memory/held.ts';
import type { ModelReport, Operations } from '../report.ts';
import { bytes, short } from './numbers.ts';
import type { Section } from './section.ts';

export function operationsSection({ encoder, decoder, macs, operations, execution }: ModelReport): Section {
  const row = (name: string, products: bigint, own: readonly Operations[], ran: readonly Executed[]) => {
    const sum = (numbers: readonly bigint[]): bigint => numbers.reduce((a, b) => a + b, 0n);
    const counted = (['multiplies', 'adds', 'exps'] as const).map((kind) =>
      short(sum(own.map((one) => one[kind].count))),
    );
    const executed = (kind: keyof Executed, text: (value: bigint) => string): string =>
      ran.length === 0 ? '–' : text(sum(ran.map((one) => one[kind])));
    const compiled = [executed('macs', short), executed('read', bytes), executed('written', bytes)];
    return [name, short(products), ...counted, ...compiled];
  };
  const [own, other] = [operations.encoder, operations.decoder];
  const ran = execution ? [execution.encoder] : [];
  const decoded = execution?.decoder ? [execution.decoder] : [];
  const both = [...(other ? [own, other] : [own])];
  return {
    title: 'Operations',
    head: [
      '',
      'in matrix products',
      'other multiplies',
      'other adds',
      'exps',
      'products compiled',
      'bytes read',
      'bytes written',
    ],
    rows: [
      row('encoder', encoder.macs.total.count, [own], ran),
      ...(decoder && other ? [row('decoder', decoder.macs.total.count, [other], decoded)] : []),
      row('all', macs.count, both, [...ran, ...decoded]),
    ],
    right: [1, 2, 3, 4, 5, 6, 7],
    summed: true,
    notes: [
      'These numbers are for one pass over a document and its output, as in training; a search reads the decoder’s weights again for every word. Each multiplication in a matrix product comes with an addition. The last three columns are for the model compiled for a CPU in float32: passes save some products, and each node reads its inputs and writes its results once.',
    ],
  };
}

/** What is computed beside matrix products, and moved. */
import type { Bytes } from '../../compiler/cost/quantities.ts';
import type { ModelReport, Operations } from '../../compiler/cost/report.ts';
import { bytes, short } from './numbers.ts';
import type { Section } from './section.ts';

export function operationsSection({ encoder, decoder, macs, operations, moved }: ModelReport): Section {
  const row = (name: string, products: bigint, own: readonly Operations[], all: readonly Bytes[]) => {
    const sum = (numbers: readonly bigint[]): bigint => numbers.reduce((a, b) => a + b, 0n);
    const counted = (['multiplies', 'adds', 'exps'] as const).map((kind) =>
      short(sum(own.map((one) => one[kind].count))),
    );
    const size = (kind: keyof Bytes): string =>
      all.length === 0 ? '–' : bytes(sum(all.map((one) => one[kind])));
    return [name, short(products), ...counted, size('read'), size('written')];
  };
  const [own, other] = [operations.encoder, operations.decoder];
  const [ownBytes, otherBytes] = [moved ? [moved.encoder] : [], moved?.decoder ? [moved.decoder] : []];
  const both = [...(other ? [own, other] : [own])];
  return {
    title: 'Operations',
    head: ['', 'in matrix products', 'other multiplies', 'other adds', 'exps', 'bytes read', 'bytes written'],
    rows: [
      row('encoder', encoder.macs.total.count, [own], ownBytes),
      ...(decoder && other ? [row('decoder', decoder.macs.total.count, [other], otherBytes)] : []),
      row('all', macs.count, both, [...ownBytes, ...otherBytes]),
    ],
    right: [1, 2, 3, 4, 5, 6],
    summed: true,
    notes: [
      'Each multiplication of a matrix product comes with an addition. Bytes are those of the model compiled for a CPU, in float32, each node reading and writing once.',
    ],
  };
}

/** What a reader of a report has to know about its lengths, a sentence each. */
import type { ModelReport } from './report.ts';

const grouped = (n: number): string => n.toLocaleString('en-US');

export function notesOf({ spec, lengths, formulas }: ModelReport): readonly string[] {
  const { length, target } = lengths;
  const { unit, from, to } = formulas;
  const notes: string[] = [];
  if (length > spec.encoder.length)
    notes.push(
      `The schedule begins with ${grouped(spec.encoder.length)}: a model that reads ${grouped(length)} is counted, whose layers before the first pooling attend over as much; this one would cut the document.`,
    );
  if (spec.decoder && target > spec.decoder.target)
    notes.push(
      `The decoder writes at most ${grouped(spec.decoder.target)} tokens: one that writes ${grouped(target)} is counted.`,
    );
  if (length % unit !== 0 && to === null && length > unit)
    notes.push(
      `Documents are padded to whole blocks of ${grouped(unit)}: ${grouped(length)} tokens cost as much as ${grouped(Math.ceil(length / unit) * unit)}.`,
    );
  const inside = length >= from && (to === null || length <= to) && length % unit === 0;
  if (!inside) notes.push('Counts are exact for this length, to which the formulas do not apply.');
  return notes;
}

/** Sentences that a reader of a report must know about its lengths. */
import { evaluate } from '../compiler/ir/dim.ts';
import { paddedLength } from '../compiler/model/lengths.ts';
import { grouped } from '../dsl/grouped.ts';
import { formulasHold } from './algebra/symbols.ts';
import type { ModelReport } from './report.ts';

export function notesOf({ spec, lengths, formulas }: ModelReport): readonly string[] {
  const { length, target } = lengths;
  const notes: string[] = [];
  if (length > spec.encoder.length)
    notes.push(
      `The schedule begins with ${grouped(spec.encoder.length, ',')}: a model that reads ${grouped(length, ',')} is counted, whose layers before the first pooling attend over as much; this one would cut the document.`,
    );
  if (spec.decoder && target > spec.decoder.target)
    notes.push(
      `The decoder writes at most ${grouped(spec.decoder.target, ',')} tokens: one that writes ${grouped(target, ',')} is counted.`,
    );
  const padded = evaluate(paddedLength(spec, 'none'), new Map([['length', length]]))!;
  if (padded !== length)
    notes.push(
      `Documents are padded to whole blocks: ${grouped(length, ',')} tokens cost as much as ${grouped(padded, ',')}.`,
    );
  if (!formulasHold(formulas, length))
    notes.push('Counts are exact for this length, to which the formulas do not apply.');
  return notes;
}

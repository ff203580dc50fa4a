/** Notes that a reader of a report needs about the report's lengths. */
import { evaluate } from '../compiler/ir/dim.ts';
import { paddedLength } from '../compiler/model/lengths.ts';
import { grouped } from '../dsl/grouped.ts';
import { formulasHold } from './algebra/symbols.ts';
import type { ModelReport } from './report.ts';

/** Notes about lengths that the model cannot read or write, or that it pads. */
export function lengthNotesOf({ spec, lengths }: ModelReport): readonly string[] {
  const { length, target } = lengths;
  const notes: string[] = [];
  if (length > spec.encoder.length)
    notes.push(
      `This model reads at most ${grouped(spec.encoder.length, ',')} tokens and would cut the document. The counts are for a model that reads ${grouped(length, ',')} tokens: its layers before the first pooling read the whole document.`,
    );
  if (spec.decoder && target > spec.decoder.target)
    notes.push(
      `The decoder writes at most ${grouped(spec.decoder.target, ',')} tokens. The counts are for a decoder that writes ${grouped(target, ',')} tokens.`,
    );
  const padded = evaluate(paddedLength(spec, 'none'), new Map([['length', length]]))!;
  if (padded !== length)
    notes.push(
      `Documents are padded to whole blocks: ${grouped(length, ',')} tokens cost as much as ${grouped(padded, ',')}.`,
    );
  return notes;
}

/** All notes, including whether the formulas hold. */
export function notesOf(report: ModelReport): readonly string[] {
  const notes = [...lengthNotesOf(report)];
  if (!formulasHold(report.formulas, report.lengths.length))
    notes.push('The counts are exact for this length, but the formulas do not hold for it.');
  return notes;
}

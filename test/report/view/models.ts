/** Reports for the tests of the HTML page. */
import { readFileSync } from 'node:fs';
import type { Source } from '../../../dsl/diagnostics.ts';
import { parse } from '../../../index.ts';
import { breakEvenOf } from '../../../report/break_even.ts';
import type { ReportDocument } from '../../../report/document.ts';
import { measure, type ReportLengths } from '../../../report/measured.ts';
import { graphFootprint } from '../../../report/memory/activations.ts';
import { withMemory } from '../../../report/memory/memory_report.ts';
import { ratiosOf } from '../../../report/ratios.ts';
import { reportAt } from '../../../report/report.ts';
import { type SweepSymbol, sweepOf } from '../../../report/sweep.ts';

interface Wish {
  readonly lengths?: ReportLengths;
  /** The indices of the models, in the order of the sources. */
  readonly against?: number;
  readonly sweep?: { readonly symbol: SweepSymbol; readonly values: readonly number[] };
}

export function reported(
  sources: readonly Source[],
  { lengths = {}, against, sweep }: Wish = {},
): ReportDocument {
  const all = sources.flatMap((source) => {
    const { value, diagnostics } = parse(source);
    if (!value) throw new Error(JSON.stringify(diagnostics));
    return value.models.map((spec) => {
      const measured = measure(spec);
      return { source, measured, report: withMemory(reportAt(measured, lengths), graphFootprint) };
    });
  });
  const other = against === undefined ? undefined : all[against]!.report;
  const models = all.map(({ source, measured, report }) => {
    const swept = sweep && sweepOf(measured, lengths, sweep.symbol, sweep.values);
    if (swept && 'problem' in swept) throw new Error(swept.problem);
    return {
      source,
      report,
      breakEven: breakEvenOf(measured),
      ...(other && other !== report && { ratios: ratiosOf(report, other) }),
      ...(swept && { sweep: swept }),
    };
  });
  return { models };
}

export const textOf = (path: string): Source => ({ path, text: readFileSync(path, 'utf8') });

const EXAMPLES = ['blockwise', 'deep-pyramidion', 'pyramidion', 'tiny', 'transpooler'];
export const examples = (): readonly Source[] => EXAMPLES.map((name) => textOf(`examples/${name}.ben`));

/** Models with everything that a figure can show, small enough to count quickly. */
export const SMALL: Source = {
  path: 'small.ben',
  text: `// The first of them
model Blocks {
  vocabulary 300; width 16; heads 2
  encoder { attention block(8); schedule 64 x 2, 24 -> 4; pool hard_topk by linear }
  decoder { layers 3; target 8 }
}

model Full extends Blocks { encoder { attention full; schedule 64, 64 } }
model NoDecoder { vocabulary 300; width 16; heads 2
  encoder { attention block(16); schedule 48 -> 10 }
  decoder none
}
`,
};

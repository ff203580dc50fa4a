/** Reports for the tests of the HTML page. */
import { readFileSync } from 'node:fs';
import { curveOf } from '../../../cli/report/html/scaling.ts';
import { type ModelReport, type ReportLengths, reportOf } from '../../../compiler/cost/report.ts';
import type { Source } from '../../../dsl/diagnostics.ts';
import { parse } from '../../../index.ts';

export interface Reported {
  readonly reports: readonly ModelReport[];
  readonly sources: readonly Source[];
}

export function reported(sources: readonly Source[], lengths: ReportLengths = {}): Reported {
  const all = sources.flatMap((source) => {
    const { value, diagnostics } = parse(source);
    if (!value) throw new Error(JSON.stringify(diagnostics));
    return value.models.map((model) => ({ source, report: reportOf(model, lengths) }));
  });
  return { reports: all.map(({ report }) => report), sources: all.map(({ source }) => source) };
}

export const textOf = (path: string): Source => ({ path, text: readFileSync(path, 'utf8') });

const EXAMPLES = ['blockwise', 'deep-pyramidion', 'pyramidion', 'tiny', 'transpooler'];
export const examples = (): readonly Source[] => EXAMPLES.map((name) => textOf(`examples/${name}.ben`));

export const curvesOf = ({ reports }: Reported): ReturnType<typeof curveOf>[] =>
  reports.map((report) => curveOf(report));

/** One of each thing that a figure can show, small enough to count at once. */
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

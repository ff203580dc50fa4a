/** Measures how much the results of a model differ from float32, before `compile --precision` writes the model. */
import { allNodes, type Node } from '../compiler/ir/graph.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import type { Compiled } from '../pipeline/compile.ts';
import { table } from '../report/view/table.ts';
import type { PrecisionError } from '../runtime/calibration.ts';
import { measureError } from '../runtime/measure_error.ts';
import type { Tokenizer } from '../runtime/tokenizer/tokenizer.ts';
import { UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';
import { readText } from './read.ts';
import { counted } from './spelling.ts';

/** The same limit as for a document of `benben run`. */
const MAX_DOCUMENT_BYTES = 16 << 20;

const PROBLEM = 'the error against float32 was not measured';

/** Refuses options that would have no effect. */
export function checkPrecisionFlags(flags: Flags): void {
  const precision = flags.text('precision') ?? 'fp32';
  const measures = flags.text('calibrate') !== undefined || flags.number('maxError') !== undefined;
  if (measures && precision === 'fp32')
    throw new UsageFault(
      '--calibrate and --max-error need --precision fp16, int8 or int4: fp32 has no error to measure',
    );
}

/** How many linears of a quantised graph have 8 bits, have 4 bits, and exist in total. Each op counts as one linear. */
export function bitsOf({ graph }: Compiled): Readonly<Record<'all' | 'of8' | 'of4', number>> {
  const nodes = [...allNodes(graph.nodes)];
  const count = (fits: (node: Node) => boolean): number => nodes.filter(fits).length;
  const of4 = count(({ op, attrs }) => op === 'linear_blockwise' && attrs.bits === 4);
  const of8 = count(({ op }) => op === 'linear_dynamic' || op === 'linear_blockwise') - of4;
  return { all: of8 + of4 + count(({ op }) => op === 'linear'), of8, of4 };
}

/** A note about the precision of the linears, because a target may lack a quantised form for some of them. */
export function aboutBits(compiled: Compiled): string | undefined {
  const { precision, target } = compiled;
  if (precision !== 'int8' && precision !== 'int4') return undefined;
  const { all, of8, of4 } = bitsOf(compiled);
  const parts = [
    ...(of8 > 0 ? [`${of8} in 8 bits`] : []),
    ...(of4 > 0 ? [`${of4} in 4 bits`] : []),
    ...(all > of8 + of4 ? [`${all - of8 - of4} in float32`] : []),
  ];
  const none = of8 + of4 === 0 ? `: no quantised form is faster on ${target}` : '';
  return `linears: ${parts.join(', ')}${none}`;
}

/** Measures and reports the error, and ends the command if it is larger than `--max-error` allows. */
export async function errorReport(
  compiled: Compiled,
  tokenizer: Tokenizer | undefined,
  flags: Flags,
  output: Output,
  progress: Progress,
): Promise<PrecisionError | undefined> {
  const { precision } = compiled;
  if (precision === 'fp32' || !flags.on('errorReport')) return undefined;
  const [path, most] = [flags.text('calibrate'), flags.number('maxError')];
  const document = path === undefined ? undefined : (await readText(path, MAX_DOCUMENT_BYTES, output)).text;
  const [weights, seed] = [flags.text('weights'), flags.number('seed')];
  const measured = await measureError(compiled, {
    ...(weights !== undefined && { weights }),
    ...(seed !== undefined && { seed }),
    ...(tokenizer && { tokenizer }),
    ...(document !== undefined && { document }),
    onStage: (own, stage, share) =>
      progress.stage(
        `measure ${own}${stage === 'write' ? '' : ', run'}`,
        stage === 'write' ? share : undefined,
      ),
  });
  const error = measured.value;
  if (!error) {
    if (most !== undefined || path !== undefined) output.take(measured);
    const why = measured.diagnostics.find(({ severity }) => severity === 'error')?.message;
    output.warn([runtimeDiagnostic('D559', `${PROBLEM}: ${why}`, undefined, 'warning')]);
    return undefined;
  }
  if (!output.json) output.note(text(error, precision, path, output));
  if (most !== undefined && error.max > most) {
    const message = `${precision} differs from fp32 by up to ${number(error.max)} (${error.of}), but --max-error allows only ${most}`;
    output.take({
      diagnostics: [
        runtimeDiagnostic(
          'D558',
          message,
          'no file was written; choose another precision or a larger --max-error',
        ),
      ],
    });
  }
  return error;
}

/** Three digits, because the fourth digit differs between machines. */
const number = (x: number): string => (x === 0 ? '0' : x.toPrecision(3));

function text(error: PrecisionError, precision: string, path: string | undefined, output: Output): string {
  const { dim } = output.err;
  const read = `${counted(error.documentTokens, 'token')} of ${path ?? 'the built-in text'}`;
  const target =
    error.targetTokens === undefined ? '' : `, and ${counted(error.targetTokens, 'token')} in the decoder`;
  const rows: [string, string][] = [
    ['compared', `${precision} with fp32: ${error.of}, ${read}${target}`],
    ['largest error', number(error.max)],
    ['mean error', number(error.mean)],
  ];
  if (error.agreement !== undefined)
    rows.push(['same best token', `${(100 * error.agreement).toFixed(1)} %`]);
  return table(rows.map(([name, value]) => [dim(name), value]));
}

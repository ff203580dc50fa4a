/** The results of the comparison with PyTorch, as rows with goals and as a table. */
import type { BenchResult } from '../measure.ts';

/** The forms that are compared, in the order of the table. */
export const FORMS = {
  benben: 'Benben fp32',
  benbenInt8: 'Benben int8',
  eager: 'PyTorch fp32, eager',
  compiled: 'PyTorch fp32, torch.compile',
  exported: 'PyTorch fp32, its ONNX export in ONNX Runtime',
  bf16: 'PyTorch bfloat16, eager',
  bf16Compiled: 'PyTorch bfloat16, torch.compile',
  int8: 'PyTorch int8, dynamic quantisation',
} as const;

export type Form = keyof typeof FORMS;

export interface Measured {
  /** The least milliseconds of the encoder and of a decoding step. */
  readonly encoder: Readonly<Record<Form, number>>;
  readonly step: Readonly<Record<Form, number>>;
  /** The relative errors against PyTorch in fp32, eager: of the memory, and of the logits. Forms in fp32 have none. */
  readonly memoryError: Readonly<Partial<Record<Form, number>>>;
  readonly logitsError: Readonly<Partial<Record<Form, number>>>;
}

interface Goal {
  readonly name: string;
  readonly part: 'encoder' | 'step';
  readonly ours: Form;
  readonly theirs: Form;
  readonly at: number;
}

const GOALS: readonly Goal[] = [
  { name: 'encoder, Benben fp32 / PyTorch eager', part: 'encoder', ours: 'benben', theirs: 'eager', at: 1 },
  {
    name: 'encoder, Benben int8 / PyTorch compiled fp32',
    part: 'encoder',
    ours: 'benbenInt8',
    theirs: 'compiled',
    at: 0.4,
  },
  {
    name: 'decoding step, Benben fp32 / PyTorch eager',
    part: 'step',
    ours: 'benben',
    theirs: 'eager',
    at: 0.9,
  },
  {
    name: 'decoding step, Benben int8 / PyTorch eager fp32',
    part: 'step',
    ours: 'benbenInt8',
    theirs: 'eager',
    at: 0.25,
  },
];

export function rowsOf(measured: Measured): readonly BenchResult[] {
  const prefixed = (prefix: string, values: Readonly<Record<string, number>>): [string, number][] =>
    Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]);
  return GOALS.map(({ name, part, ours, theirs, at }, i) => ({
    name,
    unit: 'time ratio',
    value: measured[part][ours] / measured[part][theirs],
    goal: { at, better: 'below' },
    details:
      i > 0
        ? {}
        : Object.fromEntries([
            ...prefixed('encoderMs', measured.encoder),
            ...prefixed('stepMs', measured.step),
            ...prefixed('memoryError', measured.memoryError),
            ...prefixed('logitsError', measured.logitsError),
          ]),
  }));
}

const HEADER = ['', 'encoder ms', '/ eager', 'error', 'step ms', '/ eager', 'error'];

/** The table as Markdown. Times are the least of all rounds, and `/ eager` divides them by those of PyTorch eager. */
export function tableOf({ encoder, step, memoryError, logitsError }: Measured): string {
  const percent = (error?: number): string => (error === undefined ? '' : `${(100 * error).toFixed(1)} %`);
  const ratio = (times: Measured['encoder'], form: Form): string => (times[form] / times.eager).toFixed(2);
  const lines = (Object.keys(FORMS) as Form[]).map((form) => [
    FORMS[form],
    encoder[form].toFixed(0),
    ratio(encoder, form),
    percent(memoryError[form]),
    step[form].toFixed(1),
    ratio(step, form),
    percent(logitsError[form]),
  ]);
  const rule = HEADER.map((_, i) => (i === 0 ? '---' : '---:'));
  return [HEADER, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

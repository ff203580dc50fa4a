/** Compares the checker with ONNX Runtime on mutants of one-node models. */
import { checkOnnx, inMemory } from '../../../check/index.ts';
import { randomFrom } from '../mutate.ts';
import { mutantOf } from './mutations.ts';
import { type Declared, modelOf, type Runnable, type Sample, sampleText } from './sample.ts';
import { SAMPLES } from './samples.ts';
import { verdictsOn } from './verdicts.ts';

/** The outputs of the models have no types, which D603 reports. */
export const errorsIn = ({ bytes }: Runnable): readonly string[] =>
  checkOnnx(inMemory(bytes)).flatMap(({ code, severity, message }) =>
    severity === 'error' && code !== 'D603' ? [`${code} ${message}`] : [],
  );

/**
 * Refusals that are no fault of the model's types and shapes, by the words of the runtime: the CPU has no kernel for a
 * type, or the harness leaves something out that a real model has.
 */
const NO_FAULT: readonly RegExp[] = [
  /Could not find an implementation|Failed to find kernel|NOT_IMPLEMENTED|not implemented/i,
  /data type is not supported with|Unsupported data type|is not currently registered or supported/,
  // The CPU computes float16 by inserted casts, which do not fit some functions.
  /InsertedPrecisionFreeCast/,
  // The runtime cannot infer the type of an output that the harness does not declare.
  /output arg \(y\d\) type inference failed/,
];

/** What the checker does not find, with the reason. */
const KNOWN_MISSES: readonly (readonly [RegExp, string])[] = [
  [/^Loop /, 'types of a loop are those of all iterations; the first iteration alone may fail'],
  [/^Split /, 'more parts than the axis is long are valid in a branch that is never taken'],
  [
    /^(?:Gather|Expand|ConstantOfShape) .*i64\[\d+,.*\]\(/,
    'elements of constants with two dims or more are not kept',
  ],
  [/^Reshape .*"allowzero":-?(?!0|1\b)\d/, 'the runtime takes allowzero as 0 and as 1 in different places'],
];

/** What the checker refuses although the runtime takes it, with the reason. */
const KNOWN_ALARMS: readonly (readonly [RegExp, string])[] = [
  [/^Loop i64\[\]\((?:0|-\d+)\)/, 'a loop without iterations runs nothing of its body'],
  [/D632 Constant takes|D631 Constant has/, 'ONNX’s checker refuses it'],
  [/LayerNormalization: input 2, \[0\]/, 'the runtime reads no bias where there are no elements'],
  [/^CumSum \w+\[.*\b0\b.*axis/, 'the runtime looks at no axis of a tensor without elements'],
  [/MatMulNBits: input 2/, 'the runtime reads scales of float16 without looking at their shape'],
  [
    /MatMulIntegerToFloat: input 3/,
    'the runtime broadcasts scales of any shape if the product fits by chance',
  ],
  [/Attention: input [12] is/, 'the runtime compares ranks only in some kernels'],
];

export interface Disagreement {
  readonly sample: string;
  readonly runtime: string;
  readonly check: string;
}

export interface Comparison {
  readonly mutants: number;
  readonly refused: number;
  /** The runtime refuses, and the checker reports no error. */
  readonly misses: readonly Disagreement[];
  /** The runtime runs the model, and the checker reports an error. */
  readonly alarms: readonly Disagreement[];
}

const isKnown = (known: readonly (readonly [RegExp, string])[], text: string): boolean =>
  known.some(([pattern]) => pattern.test(text));

/** `count` mutants of each sample, without duplicates. */
function mutantsOf(samples: readonly Sample[], count: number, seed: number): readonly Sample[] {
  const all = new Map<string, Sample>();
  samples.forEach((one, k) => {
    for (let i = 0; i < count; i++) {
      const mutant = mutantOf(one, randomFrom((seed + i) * 1000 + k));
      // A loop without a number of iterations never ends.
      if (mutant.op !== 'Loop' || mutant.ins[0]) all.set(sampleText(mutant), mutant);
    }
  });
  return [...all.values()];
}

export function compareOn(
  count: number,
  seed: number,
  declared: Declared = 'known',
  samples = SAMPLES,
): Comparison {
  const mutants = mutantsOf(samples, count, seed);
  const models = mutants.map((mutant) => modelOf(mutant, declared));
  const verdicts = verdictsOn(models);
  const misses: Disagreement[] = [];
  const alarms: Disagreement[] = [];
  mutants.forEach((mutant, i) => {
    const [text, verdict] = [sampleText(mutant), verdicts[i]!];
    const check = errorsIn(models[i]!).join('; ');
    const found = { sample: text, runtime: verdict, check };
    if (verdict === 'ok' && check !== '' && !isKnown(KNOWN_ALARMS, `${text} | ${check}`)) alarms.push(found);
    // With lengths that are not declared, the checker cannot know what the runtime finds.
    const excused = declared !== 'known' || NO_FAULT.some((words) => words.test(verdict));
    if (verdict !== 'ok' && check === '' && !excused && !isKnown(KNOWN_MISSES, text)) misses.push(found);
  });
  return { mutants: mutants.length, refused: verdicts.filter((v) => v !== 'ok').length, misses, alarms };
}

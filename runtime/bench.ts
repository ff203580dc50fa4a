/**
 * Measures the time that a model takes on this machine, and compares it with the prediction of the roofline. In
 * every round, the probes of the machine and the runs of the model alternate, so that other programs on the machine
 * disturb both in the same way.
 */
import { OPS } from '../compiler/ops/index.ts';
import { DiagnosticError, type Outcome } from '../dsl/diagnostics.ts';
import type { Compiled } from '../pipeline/compile.ts';
import type { Machine, RateName } from '../report/time/machine.ts';
import { countedNodes, predict } from '../report/time/predict.ts';
import { secondsOf } from '../report/time/time.ts';
import { loadCompiled } from './load.ts';
import { openMachine } from './measure_machine.ts';
import { modelTasks, type TimeLengths } from './model_tasks.ts';
import { inRound, median, medians, type Rounds, type Times, timed } from './stopwatch.ts';

export interface BenchOptions {
  readonly device: string;
  readonly threads?: number;
  /** The machine to predict for. Default: this machine, which is measured together with the model. */
  readonly machine?: Machine;
  /** The rates of this machine to measure in addition to fp32. Default: all. */
  readonly rates?: readonly RateName[];
  readonly rounds: Rounds;
  /** Called with the current stage and, if it is known, the completed share of that stage, from 0 to 1. */
  readonly onStage?: (stage: BenchStage, share?: number) => void;
  readonly signal?: AbortSignal;
}

export type BenchStage = 'prepare the machine’s probes' | 'write weights' | 'load' | 'measure';

/** A part of the time that a model takes. Times are medians over the rounds, in seconds. */
export interface BenchPart {
  /** `first`: the encoder and, with a decoder, the first token. `word`: each token after the first. `all`: all tokens. */
  readonly part: 'first' | 'word' | 'all';
  readonly predicted: number;
  /** Null if the measured time is not positive, which happens if noise exceeds the time after the first token. */
  readonly measured: number | null;
  /** The relative error of the prediction: predicted / measured - 1. */
  readonly error: number | null;
}

export interface BenchResult {
  /** The machine that was given or measured. */
  readonly machine: Machine;
  readonly rounds: number;
  readonly parts: readonly BenchPart[];
}

type Seconds = Partial<Record<BenchPart['part'], number>>;

/** Derives the time of each further token from the times of the first token and of all tokens. */
const withWords = (first: number, all: number | undefined, words: number): Seconds =>
  all === undefined ? { first } : { first, word: (all - first) / (words - 1), all };

/** Measures a model of entry `generate` or `encode` with random weights. Rejects with the signal's reason. */
export async function benchModel(
  compiled: Compiled,
  lengths: TimeLengths,
  { device, threads, machine, rates, rounds, onStage, signal }: BenchOptions,
): Promise<Outcome<BenchResult>> {
  const running = { device, ...(threads && { threads }), ...(signal && { signal }) };
  const onProgress = (share: number): void => onStage?.('prepare the machine’s probes', share);
  const probes = machine ? undefined : await openMachine({ ...running, ...(rates && { rates }), onProgress });
  if (probes && !probes.value) return { diagnostics: probes.diagnostics };
  try {
    const { value: model, diagnostics } = await loadCompiled(compiled, {
      ...running,
      // As in the command `run`, which ends with its process and so needs no other one.
      isolate: false,
      onStage: (stage, share) => onStage?.(stage === 'write' ? 'write weights' : stage, share),
    });
    if (!model) return { diagnostics };
    try {
      onStage?.('measure');
      const times = await timed({ ...probes?.value?.tasks, ...modelTasks(model, lengths, signal) }, rounds);
      const machineIn = (seconds: Readonly<Record<string, number>>): Machine =>
        machine ?? probes!.value!.machineFrom(seconds);
      return { value: resultOf(compiled, lengths, times, machineIn), diagnostics };
    } finally {
      await model.close();
    }
  } catch (error) {
    if (error instanceof DiagnosticError) return { diagnostics: error.diagnostics };
    throw error;
  } finally {
    await probes?.value?.close();
  }
}

function resultOf(
  { graph, precision }: Compiled,
  lengths: TimeLengths,
  times: Times,
  machineIn: (seconds: Readonly<Record<string, number>>) => Machine,
): BenchResult {
  const nodes = countedNodes(graph, OPS, lengths);
  const { target } = lengths;
  const rounds = times.first!.map((first, i) => {
    const machine = machineIn(inRound(times, i));
    const secondsTo = (words: number): number => secondsOf(predict(nodes, words, machine, precision).total);
    const all = times.all?.[i];
    return {
      measured: withWords(first, all, target),
      predicted: withWords(secondsTo(1), all === undefined ? undefined : secondsTo(target), target),
    };
  });
  const names = Object.keys(rounds[0]!.measured) as BenchPart['part'][];
  const parts = names.map((part): BenchPart => {
    const over = (of: (round: (typeof rounds)[number]) => number): number => median(rounds.map(of));
    const [predicted, measured] = [
      over((round) => round.predicted[part]!),
      over((round) => round.measured[part]!),
    ];
    return { part, predicted, ...against(predicted, measured) };
  });
  return { machine: machineIn(medians(times)), rounds: rounds.length, parts };
}

export const against = (predicted: number, measured: number): Pick<BenchPart, 'measured' | 'error'> =>
  measured > 0 ? { measured, error: predicted / measured - 1 } : { measured: null, error: null };

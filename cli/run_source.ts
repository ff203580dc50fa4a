/** Compiles a `.ben` file for `run`, for the device that will run it, and opens the result. */
import type { Outcome, Source } from '../dsl/diagnostics.ts';
import type { Precision } from '../passes/pass.ts';
import { closedTogether } from '../runtime/closing.ts';
import { findDevice } from '../runtime/device.ts';
import { type LoadCompiledOptions, loadCompiled, loadCompiledStreaming } from '../runtime/load.ts';
import type { Model } from '../runtime/model.ts';
import type { StreamingModel } from '../runtime/stream.ts';
import { byteTokenizer } from '../runtime/tokenizer/bytes.ts';
import { type StartedTokenizer, startTokenizer } from '../runtime/tokenizer/huggingface.ts';
import { idsOf } from '../runtime/write.ts';
import { compileOrStop, defaultEntry } from './compiling.ts';
import { readSource } from './read.ts';
import type { Opening } from './run.ts';
import { limits, refuseText } from './search_options.ts';
import { needsTokenizer } from './special_tokens.ts';

export async function openSource(opening: Opening): Promise<Model | StreamingModel> {
  const { path, flags, output, progress } = opening;
  const given = flags.text('tokenizer');
  const specialTokens = flags.on('specialTokens');
  if (specialTokens && given === undefined) needsTokenizer(byteTokenizer);
  const source = await readSource(path, output);
  progress.stage('compile');
  const made = defaultEntry(source, flags.text('model'));
  if (made) refuseText(made, flags);
  if (given === undefined) return output.take(await compileAndLoad(source, opening));
  const started = output.take(await startTokenizer(given, undefined, { specialTokens }));
  const loading = () => compileAndLoad(source, opening, started);
  return output.take(await closedTogether(started.tokenizer, loading));
}

async function compileAndLoad(
  source: Source,
  { search, flags, output, progress, device: asked }: Opening,
  started?: StartedTokenizer,
): Promise<Outcome<Model | StreamingModel>> {
  const tokenizer = started?.tokenizer;
  const device = output.take(await findDevice(asked));
  const name = flags.text('model');
  const precision = flags.choice<Precision>('precision') ?? 'fp32';
  const compiling = {
    ...(name !== undefined && { model: name }),
    target: device.target,
    precision,
    ...search,
    ...(tokenizer && { ids: idsOf(tokenizer) }),
  };
  const streams = flags.on('stream');
  const compiled = compileOrStop(source, { ...compiling, ...(streams && { entry: 'begin' }) }, output);
  const advance = streams ? compileOrStop(source, { ...compiling, entry: 'advance' }, output) : undefined;
  const [weights, seed] = [flags.text('weights'), flags.number('seed')];
  // Impossible limits and tokenizers are refused before half a gigabyte of weights is written.
  if (compiled.entry !== 'encode') limits(flags, compiled.spec, weights === undefined, output);
  const problem = await started?.loaded;
  if (problem) return { diagnostics: [problem] };
  const loading: LoadCompiledOptions = {
    device: device.name,
    // Ctrl-C ends this process, and its threads with it.
    isolate: false,
    ...(tokenizer && { tokenizer }),
    ...(weights !== undefined && { weights }),
    ...(seed !== undefined && { seed }),
    onStage: (stage, share) =>
      stage === 'write' ? progress.stage('write weights', share) : progress.stage(stage),
  };
  return advance
    ? loadCompiledStreaming({ begin: compiled, advance }, loading)
    : loadCompiled(compiled, loading);
}

/** Compiles a `.ben` file for `run`, for the device that will run it, and opens the result. */
import type { Precision } from '../passes/pass.ts';
import { findDevice } from '../runtime/device.ts';
import { type LoadCompiledOptions, loadCompiled, loadCompiledStreaming } from '../runtime/load.ts';
import type { Model } from '../runtime/model.ts';
import type { StreamingModel } from '../runtime/stream.ts';
import { openTokenizer } from '../runtime/tokenizer/huggingface.ts';
import { idsOf } from '../runtime/write.ts';
import { compileOrStop, defaultEntry } from './compiling.ts';
import { readSource } from './read.ts';
import type { Opening } from './run.ts';
import { limits, refuseText } from './search_options.ts';

export async function openSource({
  path,
  search,
  flags,
  output,
  progress,
  device: asked,
}: Opening): Promise<Model | StreamingModel> {
  const given = flags.text('tokenizer');
  const source = await readSource(path, output);
  progress.stage('compile');
  const name = flags.text('model');
  const made = defaultEntry(source, name);
  if (made) refuseText(made, flags);
  const tokenizer = given === undefined ? undefined : output.take(await openTokenizer(given));
  const device = output.take(await findDevice(asked));
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
  const [weights, seed] = [flags.text('weights'), flags.number('seed')];
  // Impossible limits are refused before half a gigabyte of weights is written.
  if (compiled.entry !== 'encode') limits(flags, compiled.spec, weights === undefined, output);
  const loading: LoadCompiledOptions = {
    device: device.name,
    ...(tokenizer && { tokenizer }),
    ...(weights !== undefined && { weights }),
    ...(seed !== undefined && { seed }),
    onStage: (stage, share) =>
      stage === 'write' ? progress.stage('write weights', share) : progress.stage(stage),
  };
  if (!streams) return output.take(await loadCompiled(compiled, loading));
  const advance = compileOrStop(source, { ...compiling, entry: 'advance' }, output);
  return output.take(await loadCompiledStreaming({ begin: compiled, advance }, loading));
}

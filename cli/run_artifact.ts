/** Opens an `.onnx` file for `run`. */
import type { SearchSettings } from '../compiler/model/lowering.ts';
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { infoFrom } from '../pipeline/metadata.ts';
import { loadModel, type Model } from '../runtime/model.ts';
import { metadataIn, readModel } from '../runtime/model_file.ts';
import { UsageFault } from './faults.ts';
import type { Opening } from './run.ts';
import { refuseText } from './search_options.ts';
import { needsTokenizer } from './special_tokens.ts';

export async function openArtifact({
  path,
  search,
  flags,
  output,
  progress,
  device,
}: Opening): Promise<Model> {
  const given = flags.text('tokenizer');
  for (const name of ['model', 'weights', 'seed', 'precision']) {
    const value = name === 'seed' ? flags.number(name) : flags.text(name);
    if (value !== undefined)
      throw new UsageFault(
        `--${name} is for .ben files: an .onnx file already contains its model and weights`,
      );
  }
  if (flags.on('stream')) {
    const info = infoFrom(metadataIn(output.take(await readModel(path))));
    if (info) refuseText(info, flags);
    throw new UsageFault(
      '--stream is for .ben files: an .onnx file returns its whole text at once',
      'run the .ben file, or leave --stream out',
    );
  }
  progress.stage('load');
  const specialTokens = flags.on('specialTokens');
  const tokenizer = given === undefined ? {} : { tokenizer: given };
  const model = output.take(await loadModel(path, { device, isolate: false, specialTokens, ...tokenizer }));
  try {
    refuseText(model.info, flags);
    if (specialTokens) needsTokenizer(model.tokenizer);
    const other = otherSearch(path, model.info, search);
    return other ? output.take<never>({ diagnostics: [other] }) : model;
  } catch (fault) {
    await model.close();
    throw fault;
  }
}

/** A diagnostic if the search that is compiled into the artifact is not the requested one. */
function otherSearch(
  path: string,
  { search }: Model['info'],
  asked: Partial<SearchSettings>,
): Diagnostic | undefined {
  const names = { beam: '--beam', returned: '--best', noRepeatNgram: '--no-repeat-ngram' } as const;
  const spelled = (settings: Partial<SearchSettings>): string =>
    Object.entries(settings)
      .map(([name, value]) => `${names[name as keyof SearchSettings]} ${value}`)
      .join(' ');
  const different = (Object.keys(asked) as (keyof SearchSettings)[]).filter(
    (name) => asked[name] !== search[name],
  );
  if (different.length === 0) return undefined;
  const has = Object.fromEntries(different.map((name) => [name, search[name]]));
  const message = `${path} was compiled with ${spelled(has)}, and the search of an artifact cannot be changed`;
  return runtimeDiagnostic('D554', message, `compile its source again with ${spelled(asked)}`);
}

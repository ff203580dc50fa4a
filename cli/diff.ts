/** `benben diff`: compares two models or artifacts in structure and in cost. */

import { diffSides, type Side, sideOfArtifact, sideOfSource } from '../runtime/diff.ts';
import type { Call } from './command.ts';
import { markdown, text } from './diff_text.ts';
import { EXIT } from './faults.ts';
import type { Output } from './output.ts';
import { createProgress, pause } from './progress.ts';
import { isOnnx, onlyOneStdin, readSource } from './read.ts';

export async function run({ args, flags, output }: Call): Promise<number> {
  const [first, second] = args as readonly [string, string];
  onlyOneStdin(args);
  const wanted = flags.text('model');
  const [a, b] = [await sideOf(first, output), await sideOf(second, output)];
  const progress = createProgress(output);
  const found = output.take(
    await diffSides(a, b, wanted, async (share) => {
      progress.stage('comparing models', share);
      await pause();
    }).finally(() => progress.end()),
  );
  if (output.json) {
    const plain = (_: string, value: unknown): unknown =>
      typeof value === 'bigint' ? jsonInteger(value) : value;
    const all = { schema: 'benben.diff/1', ...found, diagnostics: output.warnings() };
    await output.printJson(JSON.parse(JSON.stringify(all, plain)) as object);
  } else await output.print(flags.on('markdown') ? markdown(found) : text(found, output.out));
  return EXIT.done;
}

/** A number if it represents the value exactly, otherwise a string of digits. */
const jsonInteger = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

async function sideOf(path: string, output: Output): Promise<Side> {
  if (isOnnx(path)) return output.take(await sideOfArtifact(path));
  const source = await readSource(path, output);
  return output.take(sideOfSource(source), source);
}

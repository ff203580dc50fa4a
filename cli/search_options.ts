/** The search and its limits, as a person asked for them. */
import type { Entry, SearchSettings } from '../compiler/model/index.ts';
import { SEARCHING } from '../pipeline/entry_ports.ts';
import { type Limits, limitsOf, mostTokens } from '../pipeline/limits.ts';
import type { ArtifactSpec } from '../pipeline/metadata.ts';
import { UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';

/** Text of random weights is noise: enough of it to see that everything works. */
const RANDOM_MAX = 64;

const OF_SEARCH = ['beam', 'best', 'noRepeatNgram'] as const;
const OF_TEXT = [...OF_SEARCH, 'max', 'min', 'lengthPenalty', 'stream'] as const;

const firstGiven = (flags: Flags, names: readonly (typeof OF_TEXT)[number][]): string | undefined =>
  names
    .find((name) => (name === 'stream' ? flags.on(name) : flags.number(name) !== undefined))
    ?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `run` of what only reads: no option can make an encoder write. */
export function refuseText({ model, entry }: { model: string; entry: Entry }, flags: Flags): void {
  const option = entry === 'encode' ? firstGiven(flags, OF_TEXT) : undefined;
  if (option === undefined) return;
  throw new UsageFault(
    `${model} only reads (entry encode): there is no text for --${option}`,
    'an encoder alone writes no text: leave the option out, or use a model with a decoder',
  );
}

/** `compile` of an entry that searches for no text. */
export function refuseSearch(entry: Entry, flags: Flags): void {
  const option = SEARCHING.includes(entry) ? undefined : firstGiven(flags, OF_SEARCH);
  if (option === undefined) return;
  throw new UsageFault(
    `entry ${entry} searches for no text: there is nothing for --${option}`,
    `leave the option out, or compile for ${SEARCHING.join(', ')}`,
  );
}

/** The search that was asked for, as far as it was. */
export function searchIn(flags: Flags): Partial<SearchSettings> {
  const beam = flags.number('beam');
  const returned = flags.number('best');
  const noRepeatNgram = flags.number('noRepeatNgram');
  if (returned !== undefined && returned > (beam ?? 1))
    throw new UsageFault(
      `--best ${returned} is more than --beam ${beam ?? 1}`,
      `a search finds at most as many texts as it has beams: --beam ${returned}`,
    );
  return {
    ...(beam !== undefined && { beam }),
    ...(returned !== undefined && { returned }),
    ...(noRepeatNgram !== undefined && { noRepeatNgram }),
  };
}

/** What was asked for, as far as the model can do it; of random weights a little is enough. */
export function limits(flags: Flags, spec: ArtifactSpec, random: boolean, output: Output): Limits {
  const [min, lengthPenalty] = [flags.number('min'), flags.number('lengthPenalty')];
  const some = random ? Math.min(Math.max(RANDOM_MAX, min ?? 0), mostTokens(spec)) : undefined;
  const max = flags.number('max') ?? some;
  const asked = {
    ...(max !== undefined && { max }),
    ...(min !== undefined && { min }),
    ...(lengthPenalty !== undefined && { lengthPenalty }),
  };
  return output.take(limitsOf(asked, spec));
}

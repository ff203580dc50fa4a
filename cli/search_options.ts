/** Reads the options of the search and its limits. */
import type { Entry, SearchSettings } from '../compiler/model/index.ts';
import { SEARCHING } from '../pipeline/entry_ports.ts';
import { type Limits, limitsOf, mostTokens } from '../pipeline/limits.ts';
import type { ArtifactSpec } from '../pipeline/metadata.ts';
import { UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';

/**
 * The default of `--max` for random weights. Their text is noise, and 64 tokens are enough to show that everything
 * works.
 */
const RANDOM_MAX = 64;

const SEARCH_OPTIONS = ['beam', 'best', 'noRepeatNgram'] as const;
const TEXT_OPTIONS = [...SEARCH_OPTIONS, 'max', 'min', 'lengthPenalty', 'stream'] as const;

const firstGiven = (flags: Flags, names: readonly (typeof TEXT_OPTIONS)[number][]): string | undefined =>
  names
    .find((name) => (name === 'stream' ? flags.on(name) : flags.number(name) !== undefined))
    ?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Refuses options about the generated text if `run` gets a model without a decoder, which generates no text. */
export function refuseText({ model, entry }: { model: string; entry: Entry }, flags: Flags): void {
  const option = entry === 'encode' ? firstGiven(flags, TEXT_OPTIONS) : undefined;
  if (option === undefined) return;
  throw new UsageFault(
    `--${option} is for models that write text, but ${model} only reads (entry encode)`,
    'leave the option out, or use a model with a decoder',
  );
}

/** Refuses options of the search if `compile` makes an entry that has no search. */
export function refuseSearch(entry: Entry, flags: Flags): void {
  const option = SEARCHING.includes(entry) ? undefined : firstGiven(flags, SEARCH_OPTIONS);
  if (option === undefined) return;
  throw new UsageFault(
    `--${option} is for entries with a search, but entry ${entry} has none`,
    `leave the option out, or compile one of these entries: ${SEARCHING.join(', ')}`,
  );
}

/** The requested settings of the search; settings that were not given are absent. */
export function searchIn(flags: Flags): Partial<SearchSettings> {
  const beam = flags.number('beam');
  const returned = flags.number('best');
  const noRepeatNgram = flags.number('noRepeatNgram');
  if (returned !== undefined && returned > (beam ?? 1))
    throw new UsageFault(
      `--best ${returned} is more than --beam ${beam ?? 1}`,
      `a search returns at most as many texts as it has beams: --beam ${returned}`,
    );
  return {
    ...(beam !== undefined && { beam }),
    ...(returned !== undefined && { returned }),
    ...(noRepeatNgram !== undefined && { noRepeatNgram }),
  };
}

/** The requested limits. It is an error if the model cannot satisfy them. With random weights, the default is lower. */
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

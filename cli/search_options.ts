/** The search and its limits, as a person asked for them. */
import type { SearchSettings } from '../compiler/lower/lowering.ts';
import { type Limits, limitsOf, mostTokens } from '../runtime/limits.ts';
import type { ArtifactSpec } from '../runtime/metadata.ts';
import { UsageFault } from './faults.ts';
import type { Flags } from './options.ts';
import type { Output } from './output.ts';

/** Text of random weights is noise: enough of it to see that everything works. */
const RANDOM_MAX = 64;

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

/** A diff for people: on a terminal, or as Markdown for a pull request. */

import type { CostChange } from '../compiler/cost/compare.ts';
import type { Change } from '../dsl/describe.ts';
import type { Diff, ModelDiff } from './diff.ts';
import { printable } from './io.ts';
import type { Palette } from './output.ts';
import { exact } from './report/numbers.ts';
import { counted } from './spelling.ts';
import { table } from './table.ts';

/** Changes that are shown of a kind; `--json` has all. */
const SHOWN = 20;

const exactly = (value: bigint | null): string => (value === null ? '–' : exact(value));

/** `+12.3 %`; nothing where there is no base. */
function change({ before, after }: CostChange): string {
  if (before === null || after === null) return after === null ? 'gone' : 'new';
  if (before === 0n) return 'new';
  const tenths = ((after - before) * 2000n + (after > before ? before : -before)) / (2n * before);
  const size = tenths < 0n ? -tenths : tenths;
  const sign = after < before ? '−' : '+';
  return size === 0n ? `${sign}< 0.1 %` : `${sign}${size / 10n}.${size % 10n} %`;
}

const moved = ({ costs }: ModelDiff): readonly CostChange[] =>
  costs.filter(({ before, after }) => before !== after);

function titleOf({ name, before, after }: ModelDiff): string {
  if (before === null) return `${name} (new)`;
  if (after === null) return `${name} (gone)`;
  return before === after ? name : `${name} (was ${before})`;
}

const isSame = (model: ModelDiff): boolean =>
  model.before === model.after && model.changes.length === 0 && moved(model).length === 0;

const cell = (value: string | null): string =>
  value === null ? '–' : printable(value).replaceAll('\n', ' ');

/** Two tables with their heads, of what changed or of what is new or gone. */
interface Section {
  readonly title: string;
  readonly fields: readonly (readonly string[])[];
  readonly more: string | null;
  readonly costs: readonly (readonly string[])[];
}

const CHANGED_FIELDS = ['field', 'before', 'after'];
const CHANGED_COSTS = ['cost', 'before', 'after', 'change'];

function sectionOf(
  title: string,
  changes: readonly Change[],
  costs: readonly CostChange[],
  lone: boolean,
): Section {
  const shown = changes.slice(0, SHOWN);
  const values = ({ path, before, after }: Change): readonly string[] =>
    lone ? [cell(path), cell(after ?? before)] : [cell(path), cell(before), cell(after)];
  const numbers = (one: CostChange): readonly string[] =>
    lone
      ? [one.name, exactly(one.after ?? one.before)]
      : [one.name, exactly(one.before), exactly(one.after), change(one)];
  return {
    title: cell(title),
    fields: shown.length > 0 ? [lone ? ['field', 'value'] : CHANGED_FIELDS, ...shown.map(values)] : [],
    more: changes.length > SHOWN ? `and ${counted(changes.length - SHOWN, 'more change')}` : null,
    costs: costs.length > 0 ? [lone ? ['cost', 'value'] : CHANGED_COSTS, ...costs.map(numbers)] : [],
  };
}

const sectionsOf = ({ models, artifact }: Diff): readonly Section[] => [
  ...models
    .filter((model) => !isSame(model))
    .map((model) => {
      const lone = model.before === null || model.after === null;
      return sectionOf(titleOf(model), model.changes, moved(model), lone);
    }),
  ...(artifact && artifact.length > 0 ? [sectionOf('the artifact', artifact, [], false)] : []),
];

const sameModels = ({ models }: Diff): string | null => {
  const same = models.filter(isSame).map(({ name }) => name);
  return same.length > 0 ? `unchanged: ${same.join(', ')}` : null;
};

const joined = (diff: Diff, sections: readonly string[], same: string | null): string =>
  `${(diff.models.every(isSame) && !diff.artifact?.length ? ['no difference'] : [...sections, ...(same ? [same] : [])]).join('\n\n')}\n`;

export function text(diff: Diff, paint: Palette): string {
  const NUMBERS = { indent: '  ', right: [1, 2, 3] };
  const dimmed = ([head, ...rows]: readonly (readonly string[])[]) => [
    (head ?? []).map((one) => paint.dim(one)),
    ...rows,
  ];
  const sections = sectionsOf(diff).map(({ title, fields, more, costs }) =>
    [
      paint.bold(title),
      ...(fields.length > 0 ? [table(dimmed(fields), { indent: '  ' })] : []),
      ...(more ? [`  ${more}`] : []),
      ...(fields.length > 0 && costs.length > 0 ? [''] : []),
      ...(costs.length > 0 ? [table(dimmed(costs), NUMBERS)] : []),
    ].join('\n'),
  );
  return joined(diff, sections, sameModels(diff));
}

/** Text in a cell of a table: nothing in it is Markdown or HTML. */
const escaped = (value: string): string => value.replace(/[\\`*_{}[\]<>|#~&!]/g, (mark) => `\\${mark}`);

function markdownTable([head, ...rows]: readonly (readonly string[])[], numbers: boolean): readonly string[] {
  if (!head) return [];
  const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = head.map((_, i) => (numbers && i > 0 ? '---:' : '---'));
  return ['', row(head), `| ${rule.join(' | ')} |`, ...rows.map(row)];
}

export function markdown(diff: Diff): string {
  const sections = sectionsOf(diff).map(({ title, fields, more, costs }) =>
    [
      `### ${escaped(title)}`,
      ...markdownTable(fields, false),
      ...(more ? ['', more] : []),
      ...markdownTable(costs, true),
    ].join('\n'),
  );
  const same = sameModels(diff);
  return joined(diff, sections, same && escaped(same));
}

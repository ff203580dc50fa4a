/** Prints a diff for people: for a terminal, or as Markdown for a pull request. */

import type { Change } from '../dsl/describe.ts';
import type { CostChange, CostMeasure } from '../report/compare.ts';
import { both, bytes, exact } from '../report/view/numbers.ts';
import { table } from '../report/view/table.ts';
import type { GraphDiff } from '../runtime/compare/index.ts';
import type { Diff, ModelDiff } from '../runtime/diff.ts';
import { nameText } from './io.ts';
import type { Palette } from './output.ts';
import { count, counted } from './spelling.ts';

/** The longest list of changes that is printed in full; `--json` has all changes. */
const SHOWN = 20;

/** All digits of a cost, and the cost in a unit: `15,703,474,176 (15.7 G)`, `495,261,704 (472 MB)`. */
function costText(value: bigint | null, measures: CostMeasure): string {
  if (value === null) return '–';
  if (measures !== 'bytes') return both(value);
  return value < 1024n ? exact(value) : both(value, bytes);
}

/** `+12.3 %`, or `new` or `gone` when there is nothing to compare with. */
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
  model.before === model.after &&
  model.changes.length === 0 &&
  model.budgets.length === 0 &&
  moved(model).length === 0;

const cell = (value: string | null): string => (value === null ? '–' : nameText(value.replaceAll('\n', ' ')));

interface DiffSection {
  readonly title: string;
  readonly lists: readonly List[];
  /** A table whose first row is its head; empty when no cost changed. */
  readonly costs: readonly (readonly string[])[];
}

interface List {
  /** A table whose first row is its head. */
  readonly rows: readonly (readonly string[])[];
  /** A line below the table that says what is left out. */
  readonly more: string | null;
}

const CHANGED_COSTS = ['cost', 'before', 'after', 'change'];

function listsOf(what: string, changes: readonly Change[], lone: boolean): readonly List[] {
  if (changes.length === 0) return [];
  const values = ({ path, before, after }: Change): readonly string[] =>
    lone ? [cell(path), cell(after ?? before)] : [cell(path), cell(before), cell(after)];
  const more = changes.length > SHOWN ? `and ${counted(changes.length - SHOWN, 'more change')}` : null;
  const head = lone ? [what, 'value'] : [what, 'before', 'after'];
  return [{ rows: [head, ...changes.slice(0, SHOWN).map(values)], more }];
}

function modelSection(model: ModelDiff): DiffSection {
  const lone = model.before === null || model.after === null;
  const numbers = (one: CostChange): readonly string[] =>
    lone
      ? [one.name, costText(one.after ?? one.before, one.measures)]
      : [one.name, costText(one.before, one.measures), costText(one.after, one.measures), change(one)];
  const costs = moved(model);
  return {
    title: cell(titleOf(model)),
    lists: [...listsOf('field', model.changes, lone), ...listsOf('check', model.budgets, lone)],
    costs: costs.length > 0 ? [lone ? ['cost', 'value'] : CHANGED_COSTS, ...costs.map(numbers)] : [],
  };
}

/** Whether the graphs have so little in common that nearly every node would be listed. */
function isUnrelated({ nodes, changes }: GraphDiff): boolean {
  return changes.length > SHOWN && 10 * nodes.same < Math.max(nodes.before, nodes.after);
}

function graphSection(graph: GraphDiff): DiffSection {
  const { before, after, same } = graph.nodes;
  const sizes = `${counted(before, 'node')} before, ${count(after)} after, ${count(same)} in both`;
  const lists = isUnrelated(graph)
    ? [{ rows: [], more: `the graphs have little in common: ${sizes}` }]
    : listsOf('part', graph.changes, false);
  return { title: 'the graph', lists, costs: [] };
}

const sectionsOf = ({ models, artifact, graph }: Diff): readonly DiffSection[] => [
  ...models.filter((model) => !isSame(model)).map(modelSection),
  ...(artifact?.length
    ? [{ title: 'the artifact', lists: listsOf('field', artifact, false), costs: [] }]
    : []),
  ...(graph?.changes.length ? [graphSection(graph)] : []),
];

const COMPARED = 'fields, costs and budgets of the models';
const COMPARED_FILES = `${COMPARED}; inputs, outputs, weights, metadata and every node of the graphs`;

/** Sentences that say what was compared, and what was not. */
function notesOf({ artifact, graph, identical }: Diff, differs: boolean): readonly string[] {
  const unread = graph?.unread ?? 0;
  const rest = artifact
    ? 'they differ in names of values and nodes, in the order of entries, or in parts that Benben does not read'
    : 'they differ in comments, layout or notation';
  return [
    ...(differs ? [] : [`compared: ${artifact ? COMPARED_FILES : COMPARED}`]),
    ...(unread > 0
      ? [
          `the data files were not read: their weights (${count(unread)}) were compared only by type, shape, location and the recorded mark of the data (benben.data_mark)`,
        ]
      : []),
    ...(differs || identical !== false ? [] : [`the files are not equal byte by byte: ${rest}`]),
  ];
}

const sameModels = ({ models }: Diff): readonly string[] => {
  const same = models.filter(isSame).map(({ name }) => name);
  return same.length > 0 ? [`unchanged: ${same.join(', ')}`] : [];
};

const differs = (diff: Diff): boolean =>
  !diff.models.every(isSame) || Boolean(diff.artifact?.length) || Boolean(diff.graph?.changes.length);

export function text(diff: Diff, paint: Palette): string {
  if (!differs(diff)) return `${['no difference', ...notesOf(diff, false)].join('\n')}\n`;
  const NUMBERS = { indent: '  ', right: [1, 2, 3] };
  const dimmed = ([head, ...rows]: readonly (readonly string[])[]) => [
    (head ?? []).map((one) => paint.dim(one)),
    ...rows,
  ];
  const listText = ({ rows, more }: List): string =>
    [
      ...(rows.length > 0 ? [table(dimmed(rows), { indent: '  ' })] : []),
      ...(more ? [`  ${more}`] : []),
    ].join('\n');
  const sections = sectionsOf(diff).map(({ title, lists, costs }) => {
    const parts = [...lists.map(listText), ...(costs.length > 0 ? [table(dimmed(costs), NUMBERS)] : [])];
    return [paint.bold(title), parts.join('\n\n')].filter(Boolean).join('\n');
  });
  return `${[...sections, ...sameModels(diff), ...notesOf(diff, true)].join('\n\n')}\n`;
}

/** Escapes text for a table cell, so that nothing in it is read as Markdown or HTML. */
const escaped = (value: string): string => value.replace(/[\\`*_{}[\]<>|#~&!]/g, (mark) => `\\${mark}`);

function markdownTable([head, ...rows]: readonly (readonly string[])[], numbers: boolean): readonly string[] {
  if (!head) return [];
  const row = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  const rule = head.map((_, i) => (numbers && i > 0 ? '---:' : '---'));
  return ['', row(head), `| ${rule.join(' | ')} |`, ...rows.map(row)];
}

export function markdown(diff: Diff): string {
  if (!differs(diff)) {
    const title = `### ${escaped(cell(diff.before))} and ${escaped(cell(diff.after))}`;
    return `${[title, 'No difference.', ...notesOf(diff, false)].join('\n\n')}\n`;
  }
  const sections = sectionsOf(diff).map(({ title, lists, costs }) =>
    [
      `### ${escaped(title)}`,
      ...lists.flatMap(({ rows, more }) => [...markdownTable(rows, false), ...(more ? ['', more] : [])]),
      ...markdownTable(costs, true),
    ].join('\n'),
  );
  return `${[...sections, ...sameModels(diff).map(escaped), ...notesOf(diff, true)].join('\n\n')}\n`;
}

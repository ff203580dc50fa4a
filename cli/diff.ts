/** `benben diff`: what changed from one model to another, in its fields and in what it costs. */
import { changeText, valueText } from '../compiler/cost/budget_text.ts';
import { diffModels, type ModelDiff } from '../compiler/cost/diff.ts';
import { KINDS } from '../compiler/kinds/index.ts';
import { analyze } from '../dsl/index.ts';
import type { ModelSpec } from '../dsl/spec.ts';
import { suggest } from '../dsl/suggest.ts';
import { footprint } from '../passes/footprint.ts';
import { exact } from './budget_lines.ts';
import type { Call } from './commands.ts';
import { EXIT, UsageFault } from './faults.ts';
import type { Output } from './output.ts';
import { isOnnx, onlyOneStdin, readSource } from './read.ts';
import { counted } from './spelling.ts';
import { table } from './table.ts';

/** `FILE`, or `FILE#MODEL`. */
interface Named {
  readonly path: string;
  readonly model: string | undefined;
}

function namedOf(arg: string): Named {
  const [, path = arg, model] = /^(.*)#([A-Za-z_]\w*)$/.exec(arg) ?? [];
  if (isOnnx(path)) {
    const help = '`benben diff` compares .ben files; `benben inspect` tells what is in an .onnx file';
    throw new UsageFault(`comparing .onnx files comes with a later version: ${path}`, help);
  }
  return { path, model };
}

async function modelsOf({ path, model }: Named, output: Output): Promise<readonly ModelSpec[]> {
  const source = await readSource(path, output);
  const { models } = output.take(analyze(source, KINDS), source);
  if (model === undefined) return models;
  const found = models.filter(({ name }) => name === model);
  if (found.length > 0) return found;
  const names = models.map(({ name }) => name);
  const near = suggest(model, names);
  throw new UsageFault(
    `${path} holds no model '${model}'`,
    near ? `did you mean '${near}'?` : `it holds ${names.join(', ') || 'none'}`,
  );
}

interface Pair {
  readonly title: string;
  readonly before: ModelSpec;
  readonly after: ModelSpec;
}

interface Pairs {
  readonly pairs: readonly Pair[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Two models that are named are compared whatever their names; else models of one name. */
function pairsOf(named: readonly Named[], before: readonly ModelSpec[], after: readonly ModelSpec[]): Pairs {
  const [old, now] = [before[0], after[0]];
  if (old && now && named.every(({ model }) => model !== undefined)) {
    const title = old.name === now.name ? old.name : `${old.name} → ${now.name}`;
    return { pairs: [{ title, before: old, after: now }], added: [], removed: [] };
  }
  const [first, second] = [before, after].map((models) => new Map(models.map((spec) => [spec.name, spec])));
  const missing = (from: readonly ModelSpec[], to: ReadonlyMap<string, ModelSpec>): readonly string[] =>
    from.filter(({ name }) => !to.has(name)).map(({ name }) => name);
  // A name with a file asks for that model alone.
  const one = named.some(({ model }) => model !== undefined);
  return {
    pairs: before.flatMap((spec) => {
      const other = second!.get(spec.name);
      return other ? [{ title: spec.name, before: spec, after: other }] : [];
    }),
    added: one ? [] : missing(after, first!),
    removed: one ? [] : missing(before, second!),
  };
}

type Row = readonly [what: string, before: string, after: string, change: string];

const rowsOf = ({
  fields,
  quantities,
}: ModelDiff): { readonly fields: readonly Row[]; readonly costs: readonly Row[] } => ({
  fields: fields.map(({ field, before, after }) => [field, before ?? '–', after ?? '–', '']),
  costs: quantities.map(({ quantity, bytes, before, after }) => [
    quantity,
    valueText(before, bytes),
    valueText(after, bytes),
    changeText(before, after),
  ]),
});

type Compared = Pair & { readonly diff: ModelDiff };

function asText(all: readonly Compared[], { added, removed }: Pairs, { out }: Output): string {
  const sections = all
    .filter(({ diff }) => diff.fields.length > 0)
    .map(({ title, diff }) => {
      const { fields, costs } = rowsOf(diff);
      const parts = [table(fields, { indent: '  ' }), table(costs, { indent: '  ', right: [1, 2, 3] })];
      return `${out.bold(title)}\n${parts.filter(Boolean).join('\n\n')}\n`;
    });
  const names = (what: string, models: readonly string[]) =>
    models.length > 0 ? [`${what}: ${models.join(', ')}\n`] : [];
  return [...sections, ...names('added', added), ...names('removed', removed)].join('\n');
}

/** For a comment on a pull request. */
function asMarkdown(all: readonly Compared[], { added, removed }: Pairs): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const tableOf = (head: readonly string[], rows: readonly Row[]): string =>
    rows.length === 0
      ? ''
      : [
          line(head),
          line(['---', ...head.slice(1).map(() => (head.includes('change') ? '---:' : '---'))]),
          ...rows.map((row) => line([`\`${row[0]}\``, ...row.slice(1, head.length)])),
          '',
        ].join('\n');
  const sections = all
    .filter(({ diff }) => diff.fields.length > 0)
    .map(({ title, diff }) => {
      const { fields, costs } = rowsOf(diff);
      const parts = [
        tableOf(['field', 'before', 'after'], fields),
        tableOf(['cost', 'before', 'after', 'change'], costs),
      ];
      return `### ${title}\n\n${parts.filter(Boolean).join('\n')}`;
    });
  const names = (what: string, models: readonly string[]) =>
    models.length > 0 ? [`${what}: ${models.map((name) => `\`${name}\``).join(', ')}\n`] : [];
  return [...sections, ...names('Added', added), ...names('Removed', removed)].join('\n');
}

const asData = (all: readonly Compared[], { added, removed }: Pairs): object => ({
  models: all.map(({ before, after, diff }) => ({
    ...{ before: before.name, after: after.name, fields: diff.fields },
    quantities: diff.quantities.map(({ quantity, bytes, before: old, after: now }) => ({
      ...{ quantity, unit: bytes ? 'bytes' : 'count', before: exact(old), after: exact(now) },
    })),
  })),
  added,
  removed,
});

export async function run({ args, flags, output }: Call): Promise<number> {
  const named = args.map(namedOf);
  onlyOneStdin(named.map(({ path }) => path));
  const [before, after] = [await modelsOf(named[0]!, output), await modelsOf(named[1]!, output)];
  const pairs = pairsOf(named, before, after);
  const all = pairs.pairs.map((pair) => ({ ...pair, diff: diffModels(pair.before, pair.after, footprint) }));
  if (output.json) await output.printJson(asData(all, pairs));
  else {
    const text = flags.on('markdown') ? asMarkdown(all, pairs) : asText(all, pairs, output);
    if (text !== '') await output.print(text);
  }
  const changed = all.filter(({ diff }) => diff.fields.length > 0).length;
  output.note(
    `${counted(all.length, 'model')} compared: ${changed === 0 ? 'no differences' : `${changed} changed`}`,
  );
  return EXIT.done;
}

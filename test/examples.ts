/**
 * The models of examples/, for suites that go through all of them. The files table*.ben have many models of few shapes.
 * `SHAPES` contains one of these models only if its graph differs from all earlier examples in more than numbers.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelSpec, Source } from '../dsl/index.ts';
import { parse } from '../index.ts';
import { effort } from './effort.ts';

export interface Example {
  readonly name: string;
  readonly source: Source;
  readonly spec: ModelSpec;
}

const folder = join(import.meta.dirname, '../examples');
const isTable = (file: string): boolean => file.startsWith('table');

export const EXAMPLE_FILES: readonly Source[] = readdirSync(folder)
  .filter((name) => name.endsWith('.ben'))
  .sort((a, b) => Number(isTable(a)) - Number(isTable(b)))
  .map((name) => ({ path: join('examples', name), text: readFileSync(join(folder, name), 'utf8') }));

export const EXAMPLES: readonly Example[] = EXAMPLE_FILES.flatMap((source) =>
  parse(source).value!.models.map((spec) => ({
    name: `${source.path.slice('examples/'.length)}: ${spec.name}`,
    source,
    spec,
  })),
);

/** The text of a model without its numbers, names and spans. Equal consecutive layers count once. */
function shapeOf({ encoder, ...spec }: ModelSpec): string {
  const text = (part: unknown): string =>
    JSON.stringify(part, (key, value: unknown) =>
      ['name', 'span'].includes(key) || typeof value === 'number' ? undefined : value,
    );
  const layers = encoder.layers.map(text).filter((layer, i, all) => layer !== all[i - 1]);
  return [text(spec), text(encoder.positions), ...layers].join();
}

const seen = new Set<string>();
export const SHAPES: readonly Example[] = EXAMPLES.filter(({ source, spec }) => {
  const shape = shapeOf(spec);
  const known = seen.has(shape);
  seen.add(shape);
  return !known || !isTable(source.path.slice('examples/'.length));
});

/** The cases for `test.each`: the shapes in the quick suite, all examples in the slow suite. */
export const EACH_EXAMPLE = effort(SHAPES, EXAMPLES).map(({ name, spec }) => [name, spec] as const);

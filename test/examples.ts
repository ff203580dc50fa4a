/**
 * The models of examples/, for suites that go through all of them. The paper's tables are many models of few
 * shapes: `SHAPES` has those of table*.ben only where no other example becomes the same graph but for its numbers.
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

/** A model without its numbers, names and places; equal layers in a row count once. */
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

/** What `test.each` takes: all of them in the slow suite. */
export const EACH_EXAMPLE = effort(SHAPES, EXAMPLES).map(({ name, spec }) => [name, spec] as const);

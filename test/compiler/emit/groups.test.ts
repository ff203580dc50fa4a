/** Tests that the bytes of an artifact belong to the group of the weights that they are computed from. */
import { expect, test } from 'vitest';
import { emit } from '../../../compiler/emit/index.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { graphOf } from '../ir/graphs.ts';

const draw = 'uniform(bound: 0.5)';

/** The group of each initializer of a graph that multiplies x by %9, which is computed from weights. */
function groupsOf(shape: string, body: string): Readonly<Record<string, string | null>> {
  const graph = graphOf(`graph g(x: %0 f32[${shape}]) {
  param %1 = "scorer" f32[2, 6] ${draw} {group: scorers, side: encoder, layer: 0}
  param %2 = "fc2" f32[6, 6] ${draw} {group: ffn, side: encoder, layer: 0}
  param %3 = "words" f32[2, 6] ${draw} {group: embeddings, layout: rows}
  %5: f32[] = constant() {value: f32[](0.25)}
  ${body}
  %10: f32[${shape}] = mul(%0, %9)
  return y: %10
}`);
  const { placements } = emit(graph, { ops: OPS, metadata: {}, version: 'test' });
  return Object.fromEntries(placements.map(({ name, content }) => [name, content.group]));
}

test.each<[what: string, shape: string, body: string, groups: Readonly<Record<string, string | null>>]>([
  ['a weight', '6, 6', '%9: f32[6, 6] = relu(%2)', { fc2: 'ffn' }],
  ['a weight times a number', '2, 6', '%9: f32[2, 6] = mul(%1, %5)  // a', { 'a/weight': 'scorers' }],
  [
    'a product of two groups, added to one of them again: no trained numbers',
    '2, 6',
    '%8: f32[2, 6] = matmul(%1, %2)\n  %9: f32[2, 6] = add(%8, %1)  // a #encoder.0.score',
    { 'a/weight': null },
  ],
  [
    'a table: no trained numbers',
    '2, 6',
    '%9: f32[2, 6] = sinusoid_table() {rows: 2, width: 6, zero_row: 1}  // a',
    { 'a/weight': null },
  ],
  [
    'a copy of shared embeddings for the head',
    '2, 6',
    '%9: f32[2, 6] = mul(%3, %5)  // a #decoder..head',
    { 'a/weight': 'head' },
  ],
])('%s', (_, shape, body, groups) => {
  expect(groupsOf(shape, body)).toEqual(groups);
});

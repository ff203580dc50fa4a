/**
 * Tests the places of nodes and the facts of weights: lowering writes them, passes keep them, and the text form
 * contains them.
 */
import { describe, expect, test } from 'vitest';
import type { Graph } from '../../../compiler/ir/graph.ts';
import type { Part, Place } from '../../../compiler/ir/place.ts';
import { evaluatePolynomial } from '../../../compiler/ir/polynomial.ts';
import { parseGraph, printGraph } from '../../../compiler/ir/text.ts';
import { verify } from '../../../compiler/ir/verify.ts';
import { LAYOUTS } from '../../../compiler/ir/weights.ts';
import { ENTRIES, type Entry, lowered, wholeOf } from '../../../compiler/model/index.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import type { ModelSpec } from '../../../dsl/spec.ts';
import { workOf } from '../../../report/algebra/fold.ts';
import { SLOW } from '../../effort.ts';
import { SHAPES } from '../../examples.ts';
import { EACH } from '../../passes/each.ts';
import { modelsIn } from '../../report/systems.ts';

const APART = modelsIn(`model Apart {
  vocabulary 90; width 16; heads 2; ffn 24; norm pre; share none
  encoder { attention full; schedule 64, 32 -> 8 }
  decoder { layers 2; target 12; positions sinusoidal }
}`)[0]!;

/** Models with both poolings, attentions and norms. The slow suite tests every example. */
const SOME: readonly string[] = ['Mixed', 'PyramidionPre', 'TranspoolerFull'];

const MODELS: readonly (readonly [string, ModelSpec])[] = [
  ...SHAPES.filter(({ spec }) => SLOW || SOME.includes(spec.name)).map(
    ({ name, spec }) => [name, spec] as const,
  ),
  ['embeddings apart', APART],
];

const entriesOf = ({ decoder }: ModelSpec): readonly Entry[] =>
  (Object.keys(ENTRIES) as Entry[]).filter((entry) => decoder || !ENTRIES[entry].needsDecoder);

const LENGTHS = { batch: 2, length: 64, target: 5, past: 3, slots: 7, written: 3, steps: 4 };

/** The passes that change matrix products of the encoder, each with the parts whose products it changes. */
const MOVES: Readonly<Record<string, readonly Part[]>> = {
  sink_linear_through_pool: ['ffn', 'score', 'pool'],
  pool_by_scores: ['pool'],
};

const inLayer = (place: Place): string => JSON.stringify(place);
const inPart = (place: Place): string => JSON.stringify({ ...place, layer: null });

/** The multiplications of matrix products by place, without some parts of the encoder. A loop counts one iteration. */
function macsBy(
  key: (place: Place) => string,
  graph: Graph,
  apart: readonly Part[],
): Readonly<Record<string, bigint>> {
  const known = new Map(Object.entries(LENGTHS));
  const found: Record<string, bigint> = {};
  for (const { node, work } of workOf(graph, OPS, known)) {
    const macs = evaluatePolynomial(work.macs, known)!;
    const { side, part } = node.place;
    const counted = macs > 0n && !(side === 'encoder' && part && apart.includes(part));
    if (counted) found[key(node.place)] = (found[key(node.place)] ?? 0n) + macs;
  }
  return found;
}

describe.each(MODELS)('%s', (_, spec) => {
  test('every node with matrix products has a part, and a layer unless it is the head', () => {
    for (const entry of entriesOf(spec)) {
      const products = workOf(lowered(spec, entry), OPS).filter(({ work }) => work.macs.length > 0);
      for (const { node } of products) {
        const { side, layer, part, phase } = node.place;
        expect(part, `${entry}: ${node.scope}: ${node.op}`).not.toBeNull();
        expect(layer === null, `${entry}: ${node.scope}: ${node.op}`).toBe(part === 'head');
        expect(node.scope.startsWith(layer === null ? `${side}.` : `${side}.layers.${layer}.`)).toBe(true);
        expect(phase).toBe('forward');
      }
    }
  });

  test('every weight has its group, layout, side and layer', () => {
    const { params } = lowered(spec, wholeOf(spec));
    for (const { weight } of params) {
      const { name, shape, group, layout, side, layer } = weight;
      expect(group, name).not.toBe('other');
      expect(LAYOUTS, name).toContain(layout);
      expect(shape.length, name).toBe(layout === 'vector' ? 1 : 2);
      // A shared embedding belongs to both sides, and its name is the name of the encoder's embedding.
      const both = spec.shareEmbeddings && group === 'embeddings';
      expect(side, name).toBe(both ? null : name.split('.')[0]);
      if (name.includes('.layers.')) expect(name.split('.')[2]).toBe(String(layer));
    }
    const layers = params
      .filter(({ weight }) => weight.group === 'scorers')
      .map(({ weight }) => weight.layer);
    const pools = spec.encoder.layers.flatMap(({ pool }, i) => (pool ? [i, i] : []));
    expect(layers).toEqual(pools);
  });

  test('the text of a graph contains all places and facts', () => {
    for (const entry of entriesOf(spec)) {
      const graph = lowered(spec, entry);
      const { value } = parseGraph({ path: 'g.ir', text: printGraph(graph) }, OPS);
      expect(value).toStrictEqual(graph);
    }
  });

  test.each(EACH.map((setting) => [setting.name, setting] as const))(
    '%s leaves every product where it belongs',
    (name, { pass, precision, targets }) => {
      const before = lowered(spec, spec.decoder ? 'generate' : 'encode');
      const apart = MOVES[name] ?? [];
      for (const target of targets) {
        const after = pass.run(before, { ops: OPS, target, precision });
        expect(verify(after, OPS)).toEqual([]);
        // This pass joins the projections of the memory for all layers, so they belong to no single layer.
        const key = name === 'fuse_linears (eager)' ? inPart : inLayer;
        const [found, macs] = [macsBy(key, after, apart), macsBy(key, before, apart)];
        expect(Object.keys(macs).length).toBeGreaterThan(2);
        expect(found, target).toEqual(macs);
      }
    },
  );
});

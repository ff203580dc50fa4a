/** Random small models with any attention, poolings where the schedule falls, and sometimes a decoder. */
import fc from 'fast-check';
import type { ModelSpec } from '../../dsl/spec.ts';
import { modelsIn } from './systems.ts';

const ATTENTION = ['full', 'block(4)', 'block(8)', 'block(16)'];
const POOLS = ['soft_topk', 'hard_topk', 'soft_topk(order: score)'];

/** Models whose lengths are whole blocks of 16. Each layer has its own attention and pooling. */
export const specs: fc.Arbitrary<ModelSpec> = fc
  .record({
    heads: fc.constantFrom(1, 2, 4),
    ffn: fc.integer({ min: 1, max: 40 }),
    norm: fc.constantFrom('pre', 'post'),
    layers: fc.array(
      fc.record({
        blocks: fc.integer({ min: 1, max: 6 }),
        attention: fc.constantFrom(...ATTENTION),
        pool: fc.constantFrom(...POOLS),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    memory: fc.option(fc.integer({ min: 1, max: 16 })),
    decoder: fc.option(
      fc.record({ layers: fc.integer({ min: 1, max: 2 }), target: fc.integer({ min: 1, max: 20 }) }),
    ),
  })
  .map(({ heads, ffn, norm, layers, memory, decoder }) => {
    const lengths = layers.map(({ blocks }) => 16 * blocks).sort((a, b) => b - a);
    const own = layers.map(({ attention, pool }, i) => {
      const falls = (lengths[i + 1] ?? memory ?? lengths[i]!) < lengths[i]!;
      return `layer ${i + 1} { attention ${attention}${falls ? `; pool ${pool}` : ''} }`;
    });
    const text = `model A {
  vocabulary 50
  width 8
  heads ${heads}
  ffn ${ffn}
  norm ${norm}
  encoder {
    schedule ${lengths.join(', ')}${memory === null ? '' : ` -> ${memory}`}
    ${own.join('\n    ')}
  }
  ${decoder ? `decoder { layers ${decoder.layers}; target ${decoder.target} }` : ''}
}`;
    return modelsIn(text)[0]!;
  });

/** `npm run new -- op NAME`: writes a new composite op, for which the author writes only a body. */
import { camel, checkedName, inTurn, replaced, type Sort, withImport } from './sort.ts';

const USAGE = 'op NAME';

const opFile = (name: string): string => `/**
 * y = x · σ(x) for every number. Replace this by what ${name} computes and its source (paper, section). Everything
 * else follows from the body: types, costs, gradient, reference value and the ONNX form.
 */
import type { Composite } from '../ir/op.ts';
import { mul } from './binary.ts';
import { sigmoid } from './unary.ts';

export const ${camel(name)}: Composite = {
  name: '${name}',
  doc: 'y = x · σ(x). C1: x contains floats.',
  float16: 'follows',
  ins: ['x'],
  outs: ['y'],
  attrs: {},
  samples: [{ ins: ['f32[2, 3]'] }, { ins: ['f16[2, 3]'] }],
  body: (b, [x]) => [b.add(mul, [x!, b.add(sigmoid, [x!])])],
};
`;

const testFile = (
  name: string,
): string => `/** ${name} against its formula; ops.test.ts tests the rules that all ops must follow. */
import { expect, test } from 'vitest';
import { createBuilder } from '../../../compiler/ir/build.ts';
import { type } from '../../../compiler/ir/graph.ts';
import { interpret } from '../../../compiler/ir/interpret.ts';
import { tensor } from '../../../compiler/ir/tensors.ts';
import { OPS } from '../../../compiler/ops/index.ts';
import { ${camel(name)} } from '../../../compiler/ops/${name}.ts';
import { weightByName } from './samples.ts';

test('${name} computes its formula', () => {
  const b = createBuilder('g');
  b.output('y', b.add(${camel(name)}, [b.input('x', type('f32', 4))]));
  const x = [-2, 0, 0.5, 3];
  const { y } = interpret(b.done(), { x: tensor('f32', [4], x) }, weightByName, OPS);
  for (const [i, value] of x.entries()) expect(y!.data[i]).toBeCloseTo(value / (1 + Math.exp(-value)), 12);
});
`;

export const op: Sort = {
  usage: USAGE,
  doc: 'an op of the IR: compiler/ops/NAME.ts',
  write: ([word]) => {
    const name = checkedName(word, USAGE);
    return {
      files: {
        [`compiler/ops/${name}.ts`]: opFile(name),
        [`test/compiler/ops/${name}.test.ts`]: testFile(name),
      },
      edits: [
        {
          path: 'compiler/ops/index.ts',
          change: inTurn(withImport(`import { ${camel(name)} } from './${name}.ts';`), (text) =>
            replaced(
              text,
              /(const LIST: readonly Op\[\] = \[[\s\S]*?)(\n\];)/,
              (list, end) => `${list}\n  ${camel(name)},${end}`,
            ),
          ),
        },
      ],
      next: [
        'Write the formula into the doc and the body of the op, and the same formula into its test.',
        'If a device has a kernel for the op, add `kernels` to the op (compiler/ir/kernels.ts).',
      ],
    };
  },
};

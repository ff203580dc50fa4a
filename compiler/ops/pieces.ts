/** Ops that cut and join along one axis: concat, slice, pad. */

import { add, dimEquals, dimText, sub } from '../ir/dim.ts';
import { typeText } from '../ir/graph.ts';
import { type Primitive, require } from '../ir/op.ts';
import { at, replaced, tabulate } from '../ir/tensors.ts';
import { free, picked } from '../ir/work.ts';
import { axisOf, dim, float, present, text } from './shapes.ts';

export const concat: Primitive = {
  name: 'concat',
  doc: 'Joins the inputs along `axis`. C1: they agree in dtype and in all other lengths.',
  float16: 'follows',
  ins: ['x*'],
  outs: ['y'],
  saves: { x: [] },
  attrs: { axis: { kind: 'int' } },
  samples: [{ ins: ['f32[2, 3]', 'f32[2, 1]'], attrs: { axis: 1 } }],
  infer: (ins, attrs) => {
    const all = ins.map((t) => present(t, 'x'));
    const first = all[0]!;
    const axis = axisOf(attrs, first.shape.length);
    for (const t of all) {
      const fits =
        t.dtype === first.dtype &&
        t.shape.length === first.shape.length &&
        t.shape.every((d, i) => i === axis || dimEquals(d, first.shape[i]!));
      require(fits, () => `C1: ${typeText(t)} does not join ${typeText(first)} on axis ${axis}`);
    }
    const total = add(...all.map((t) => t.shape[axis]!));
    return [{ dtype: first.dtype, shape: first.shape.map((d, i) => (i === axis ? total : d)) }];
  },
  ref: (ins, attrs) => {
    const all = ins.map((t) => t!);
    const axis = axisOf(attrs, all[0]!.shape.length);
    const total = all.reduce((sum, t) => sum + t.shape[axis]!, 0);
    const shape = replaced(all[0]!.shape, axis, total);
    return [
      tabulate(all[0]!.dtype, shape, (i) => {
        let position = i[axis]!;
        const part = all.find((t) => {
          if (position < t.shape[axis]!) return true;
          position -= t.shape[axis]!;
          return false;
        });
        return at(part!, replaced(i, axis, position));
      }),
    ];
  },
  cost: free,
  onnx: (scope, ins, outs, node) => scope.node('Concat', ins, outs, { axis: node.attrs.axis as number }),
  onWeights: (parts, { attrs }) =>
    attrs.axis !== 0
      ? undefined
      : async function* (source) {
          for (const part of parts) yield* part!.stream(source);
        },
};

export const slice: Primitive = {
  name: 'slice',
  doc: 'Cuts out the positions start ≤ i < end along `axis`. C1: end is not beyond the axis.',
  float16: 'follows',
  moves: true,
  rowwise: true,
  ins: ['x'],
  outs: ['y'],
  saves: { x: [] },
  attrs: { axis: { kind: 'int' }, start: { kind: 'dim' }, end: { kind: 'dim' } },
  samples: [{ ins: ['f32[2, 5]'], attrs: { axis: 1, start: 1, end: 4 } }],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const axis = axisOf(attrs, t.shape.length);
    const [start, end, size] = [dim(attrs, 'start'), dim(attrs, 'end'), t.shape[axis]!];
    const known = typeof start === 'number' && typeof end === 'number';
    require(!known || start <= end, () => `start ${dimText(start)} is after end ${dimText(end)}`);
    const beyond = typeof end === 'number' && typeof size === 'number' && end > size;
    require(!beyond, () => `C1: end ${dimText(end)} is beyond ${dimText(size)}`);
    return [{ dtype: t.dtype, shape: t.shape.map((d, i) => (i === axis ? sub(end, start) : d)) }];
  },
  ref: ([x], attrs, value) => {
    const axis = axisOf(attrs, x!.shape.length);
    const [start, end] = [value(dim(attrs, 'start')), value(dim(attrs, 'end'))];
    const shape = replaced(x!.shape, axis, end - start);
    return [tabulate(x!.dtype, shape, (i) => at(x!, replaced(i, axis, start + i[axis]!)))];
  },
  cost: free,
  reads: picked,
  onnx: (scope, [x], outs, node) => {
    const [start, end] = [scope.dim(dim(node.attrs, 'start')), scope.dim(dim(node.attrs, 'end'))];
    scope.node('Slice', [x!, start, end, scope.i64(node.attrs.axis as number)], outs);
  },
};

export const pad: Primitive = {
  name: 'pad',
  float16: 'follows',
  namesLengths: true,
  wholeLength: ([x], attrs) =>
    add(dim(attrs, 'before'), present(x, 'x').shape[axisOf(attrs, x!.shape.length)]!, dim(attrs, 'after')),
  doc: 'Puts `before` and `after` positions of a constant `value` around x along `axis`; `as` names the new length.',
  ins: ['x'],
  outs: ['y'],
  saves: { x: [] },
  attrs: {
    axis: { kind: 'int' },
    before: { kind: 'dim', default: 0 },
    after: { kind: 'dim' },
    value: { kind: 'float', default: 0, element: true },
    as: { kind: 'string', default: '' },
  },
  samples: [
    { ins: ['f32[2, 3]'], attrs: { axis: 1, after: 2, value: 7 } },
    { ins: ['bool[3]'], attrs: { axis: 0, after: 1 } },
    { ins: ['f32[2, 3]'], attrs: { axis: 1, before: 2, after: 1 } },
    { ins: ['f16[3]'], attrs: { axis: 0, before: 1, after: 0, value: -2 } },
  ],
  infer: ([x], attrs) => {
    const t = present(x, 'x');
    const axis = axisOf(attrs, t.shape.length);
    const length = text(attrs, 'as') || add(dim(attrs, 'before'), t.shape[axis]!, dim(attrs, 'after'));
    return [{ dtype: t.dtype, shape: t.shape.map((d, i) => (i === axis ? length : d)) }];
  },
  ref: ([x], attrs, value) => {
    const axis = axisOf(attrs, x!.shape.length);
    const [before, size, after] = [value(dim(attrs, 'before')), x!.shape[axis]!, value(dim(attrs, 'after'))];
    return [
      tabulate(x!.dtype, replaced(x!.shape, axis, before + size + after), (i) => {
        const from = i[axis]! - before;
        return from >= 0 && from < size ? at(x!, replaced(i, axis, from)) : float(attrs, 'value');
      }),
    ];
  },
  cost: free,
  onnx: (scope, [x], outs, node) => {
    const t = scope.typeOf(node.ins[0]!);
    const value = scope.literal({ dtype: t.dtype, shape: [], data: [float(node.attrs, 'value')] });
    const axis = axisOf(node.attrs, t.shape.length);
    const ends = ['before', 'after'].flatMap((end) =>
      t.shape.map((_, i) => (i === axis ? dim(node.attrs, end) : 0)),
    );
    // Sizes for all axes: ONNX Runtime's symbolic shape inference fails where `axes` are given.
    scope.node('Pad', [x!, scope.dims(ends), value], outs, { mode: 'constant' });
  },
};

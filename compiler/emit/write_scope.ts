/** Implements `OnnxScope`, through which ops write nodes, constants and dims into a frame. */
import { type Dim, dimText } from '../ir/dim.ts';
import { type Graph, type } from '../ir/graph.ts';
import type { OnnxAttr, OnnxScope } from '../ir/onnx_scope.ts';
import { tableExpr } from '../ir/weight_expr.ts';
import { DIM_FORMS } from './dims.ts';
import { constantName, type Frame, frameFor, type ModelWriter } from './frame.ts';
import { attributeProto, valueInfo } from './tensors.ts';

/** The type of a dim at run time. */
const ONE = type('i64', 1);

export function createScope(frame: Frame, graph: Graph, writer: ModelWriter, prefix: string): OnnxScope {
  const scope: OnnxScope = {
    node(opType, ins, outs, attrs = {}, domain = '') {
      const attribute = Object.entries(attrs).map(([name, value]: [string, OnnxAttr]) =>
        attributeProto(name, value),
      );
      const name = writer.fresh(prefix ? `${prefix}/${opType}` : opType);
      frame.nodes.push({
        name,
        opType,
        input: [...ins],
        output: [...outs],
        attribute,
        ...(domain && { domain }),
      });
    },
    fresh(hint, t) {
      const name = writer.fresh(prefix ? `${prefix}/${hint}` : hint);
      if (t) frame.infos.push(valueInfo(name, t));
      return name;
    },
    typeOf: (id) => graph.types[id]!,
    literal: (value) => constantName(frame, writer, value),
    i64: (...values) => constantName(frame, writer, { dtype: 'i64', shape: [values.length], data: values }),
    dim(d) {
      if (typeof d === 'number') return scope.i64(d);
      const home = frameFor(frame, d);
      const key = dimText(d);
      const known = home.dims.get(key);
      if (known !== undefined) return known;
      const name = writer.fresh('dim');
      home.infos.push(valueInfo(name, ONE));
      writeDim(home === frame ? scope : createScope(home, graph, writer, ''), home, d, name);
      home.dims.set(key, name);
      return name;
    },
    dims(list) {
      if (list.every((d) => typeof d === 'number')) return scope.i64(...(list as number[]));
      const name = scope.fresh('shape', type('i64', list.length));
      scope.node('Concat', list.map(scope.dim), [name], { axis: 0 });
      return name;
    },
    table(name, shape, row) {
      writer.bulk.set(name, { name, content: tableExpr(name, shape, row) });
      return name;
    },
  };
  return scope;
}

function writeDim(scope: OnnxScope, home: Frame, d: Exclude<Dim, number>, out: string): void {
  if (typeof d === 'object') return DIM_FORMS[d.op](scope, d.args.map(scope.dim), out);
  if (d.startsWith('@')) {
    const value = scope.fresh('attribute', type('i64'));
    scope.node('Constant', [], [value], { value_int: { ref: d.slice(1) } });
    return scope.node('Unsqueeze', [value, scope.i64(0)], [out]);
  }
  const { value, axis, factor } = home.symbols.get(d)!;
  const size = factor === 1 ? out : scope.fresh('size', ONE);
  scope.node('Shape', [value], [size], { start: axis, end: axis + 1 });
  if (factor !== 1) scope.node('Div', [size, scope.i64(factor)], [out]);
}

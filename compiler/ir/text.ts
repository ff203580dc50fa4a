/**
 * Prints the text form of the IR. `--print-ir` shows it, reproducers contain it, and tests of passes are written in it.
 * Reading the text (`read_text.ts`) gives an equal graph, so nothing is abbreviated. A malformed graph can be printed
 * too, because developers need to see it: a missing type is printed as `?`.
 *
 *     graph encode(input_ids: %0 i64[batch, length]) {
 *       param %1 = "encoder.embed_tokens.weight" f32[32000, 768] normal(std: 0.036, zeroRow: 1) {group: embeddings, layout: rows}
 *       %2: f32[batch, length, 768] = gather(%1, %0) {axis: 0}  // encoder.embed #encoder @12-40
 *       return memory: %2
 *     }
 *
 * A weight that is an input of the graph has an `input` line instead of a `param` line. An absent input is `-`. A
 * comment after a node gives its scope, its place and its spans in the source; a comment on a separate line is free
 * text. Strings are quoted, but symbols inside lists are not. `ref(k)` is a reference to the attribute k.
 *
 * A place is `#side.layer.part:phase`, such as `#encoder.0.ffn`, `#decoder..head` or `#encoder.0.ffn:backward`. Nothing
 * is printed for a field that is null, and the phase `forward` is omitted. The facts of a weight follow its
 * initialisation. The group `other`, the usual layout for the rank, and a side or layer that is null are omitted.
 */
import type { Span } from '../../dsl/diagnostics.ts';
import { type Dim, dimText } from './dim.ts';
import {
  type AttrRef,
  type AttrValue,
  type Graph,
  type Literal,
  type Node,
  type Param,
  type Port,
  sameType,
  type TensorType,
  type,
  typeText,
  type ValueId,
} from './graph.ts';
import type { Place } from './place.ts';
import { type Init, usualLayout, type WeightSpec } from './weights.ts';

export { parseGraph } from './read_text.ts';

type Types = Graph['types'];

const BARE_NAME = /^[A-Za-z_][\w.]*$/;
/** A scope is printed without quotes unless it could be mistaken for a place, a span or a quoted scope. */
const BARE_SCOPE = /^[\w./:[\]-]+$/;

const nameText = (name: string): string => (BARE_NAME.test(name) ? name : JSON.stringify(name));
const numberText = (x: number): string => (Object.is(x, -0) ? '-0' : String(x));
const idText = (id: ValueId | null): string => (id === null ? '-' : `%${id}`);
const elementText = (d: Dim): string => (typeof d === 'number' ? numberText(d) : dimText(d));

const fields = (record: object, text: (value: never) => string): string =>
  Object.entries(record)
    .map(([name, value]) => `${nameText(name)}: ${text(value as never)}`)
    .join(', ');

const isLiteral = (v: object): v is Literal => 'data' in v;
const isRef = (v: object): v is AttrRef => 'ref' in v;

export function attrText(value: AttrValue): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(value);
  if (Array.isArray(value)) return `[${value.map(elementText).join(', ')}]`;
  const object = value as Exclude<typeof value, readonly unknown[]>;
  if (isRef(object)) return `ref(${nameText(object.ref)})`;
  if (isLiteral(object)) return `${typeText(object)}(${Array.from(object.data, numberText).join(', ')})`;
  return dimText(object);
}

const shownType = (types: Types, id: ValueId): string => {
  const t = types[id];
  return t ? typeText(t) : '?';
};

const definitions = (types: Types, ids: readonly ValueId[]): string =>
  ids.map((id) => `${idText(id)}: ${shownType(types, id)}`).join(', ');

/** The text of a node without the nodes of its region and without its origin. */
export function nodeText(node: Node, types: Types): string {
  const outs = definitions(types, node.outs);
  const attrs = Object.keys(node.attrs).length > 0 ? ` {${fields(node.attrs, attrText)}}` : '';
  const region = node.region ? ` (${definitions(types, node.region.params)}) {` : '';
  return `${outs}${outs && ' '}= ${nameText(node.op)}(${node.ins.map(idText).join(', ')})${attrs}${region}`;
}

/** The text of a place, such as `#encoder.0.ffn:backward`; empty for a node without a place. */
function placeText({ side, layer, part, phase }: Place): string {
  const where = [side ?? '', layer ?? '', part ?? ''].join('.').replace(/\.+$/, '');
  const when = phase === 'forward' ? '' : `:${phase}`;
  return where || when ? `#${where}${when}` : '';
}

function originText({ scope, place, from }: Node): string {
  const name = scope === '' || BARE_SCOPE.test(scope) ? scope : JSON.stringify(scope);
  const spans = from.map((span: Span) => `@${span.start}-${span.end}`);
  const parts = [name, placeText(place), ...spans].filter((text) => text !== '');
  return parts.length > 0 ? `  // ${parts.join(' ')}` : '';
}

function* nodeLines(node: Node, types: Types, indent: string): Generator<string> {
  yield indent + nodeText(node, types) + originText(node);
  if (!node.region) return;
  const inner = `${indent}  `;
  for (const child of node.region.nodes) yield* nodeLines(child, types, inner);
  yield `${inner}yield ${node.region.outputs.map(idText).join(', ')}`.trimEnd();
  yield `${indent}}`;
}

const initText = ({ kind, ...values }: Init): string => `${kind}(${fields(values, numberText)})`;

/** The facts of a weight that differ from the defaults, such as ` {group: ffn, side: encoder, layer: 0}`. */
function factsText({ group, layout, side, layer, shape }: WeightSpec): string {
  const facts = [
    group === 'other' ? [] : [`group: ${group}`],
    layout === usualLayout(shape) ? [] : [`layout: ${layout}`],
    side === null ? [] : [`side: ${side}`],
    layer === null ? [] : [`layer: ${layer}`],
  ].flat();
  return facts.length > 0 ? ` {${facts.join(', ')}}` : '';
}

/** The line of a weight: `param` if the artifact contains it, `input` if it is an input of the graph. */
function weightLine(keyword: 'param' | 'input', { id, weight }: Param, types: Types): string {
  const own: TensorType = type('f32', ...weight.shape);
  const stated = types[id];
  // A pass may change the type of a weight. In its source, every weight is f32.
  const as = stated && sameType(stated, own) ? '' : `: ${shownType(types, id)}`;
  return `  ${keyword} ${idText(id)}${as} = ${JSON.stringify(weight.name)} ${typeText(own)} ${initText(weight.init)}${factsText(weight)}`;
}

export function printGraph(graph: Graph): string {
  const { types } = graph;
  const isWeight = (p: Port): p is Port & Param => p.weight !== undefined;
  const plain = graph.inputs.filter((p) => !isWeight(p));
  const inputs = plain.map((p) => `${nameText(p.name)}: ${idText(p.id)} ${shownType(types, p.id)}`);
  const outputs = graph.outputs.map((p) => `${nameText(p.name)}: ${idText(p.id)}`);
  const lines = [`graph ${nameText(graph.name)}(${inputs.join(', ')}) {`];
  for (const port of graph.inputs.filter(isWeight)) lines.push(weightLine('input', port, types));
  for (const param of graph.params) lines.push(weightLine('param', param, types));
  for (const node of graph.nodes) for (const line of nodeLines(node, types, '  ')) lines.push(line);
  lines.push(`  return ${outputs.join(', ')}`.trimEnd(), '}');
  return `${lines.join('\n')}\n`;
}

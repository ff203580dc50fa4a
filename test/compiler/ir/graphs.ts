/** Graphs as text, for tests that show the graphs that they test. */
import type { Graph } from '../../../compiler/ir/graph.ts';
import { parseGraph } from '../../../compiler/ir/text.ts';
import { OPS } from '../../../compiler/ops/index.ts';

/** Parses a text as a graph, and fails the test if the text is not a graph. */
export function graphOf(text: string): Graph {
  const { value, diagnostics } = parseGraph({ path: '<test>', text }, OPS);
  if (!value) {
    const [d] = diagnostics;
    const line = text.slice(0, d!.labels[0]!.span.start).split('\n').length;
    throw new Error(`line ${line}: ${d!.message}`);
  }
  return value;
}

/** A graph with every form of the text: weights, absent inputs, attributes, literals, a loop, scopes, places, spans. */
export const EVERYTHING = `graph encode(input_ids: %0 i64[batch, length], "odd name": %1 bool[batch, length]) {
  param %2 = "encoder.embed_tokens.weight" f32[9, 4] normal(std: 0.0360844, zeroRow: 1) {group: embeddings, layout: rows}
  param %3 = "encoder.\\"odd\\".bias" f32[4] constant(value: -0)
  param %4: f16[4] = "half" f32[4] xavier_uniform(gain: 1.4142135623730951)
  param %5 = "out" f32[4] uniform(bound: 1e-7) {group: ffn, side: decoder, layer: 12}
  %6: f32[batch, length, 4] = gather(%2, %0)  // encoder.embed #encoder @12-40 @50-61
  %7: f32[batch*length, 4] = reshape(%6) {shape: [batch*length, 4]}  // "two words" #encoder.0.ffn
  %8: f32[batch*length, 9] = linear(%7, %2, -)  // #decoder..head:backward @3-9
  %9: f32[3] = constant() {value: f32[3](Infinity, -Infinity, NaN)}
  %10: f32[2, 0] = constant() {value: f32[2, 0]()}
  %11: i64[] = dim_value() {of: min(2*ceildiv(length, 2), 8)}
  %12: bool[] = constant() {value: bool[](1)}
  %13: f32[] = attribute() {of: "base"}
  %14: f32[4, 4] = pad(%5) {axis: 0, before: 0, after: "length", value: -0.1}
  %15: f32[batch, length] = soft_topk(%6, %6, -) {k: "@k", base: ref(base), order: "a \\"b\\"", form: "rounds"}
  %16: f32[batch*length, 9], %17: f32[rounds, 9] = loop(%11, -, %8) (%18: i64[], %19: f32[rows, 9]) {  // decoder #:update
    %20: f32[rows, 9] = softmax(%19) {axis: -1}  // decoder.layers.0
    %21: f32[1, 9] = reduce_sum(%20) {axis: 0}
    yield %12, %20, %21
  }
  return memory: %16, "sc ores": %17, twice: %16
}
`;

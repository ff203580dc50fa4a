// The nCCS metric of SYSTEMS.md 2.12.
import { dot, type Matrix } from './math.ts';

function cosine(x: number[], y: number[]): number {
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

/** The k best rows, best first, ties by lower index. */
export function exactTopK(rows: Matrix, scores: number[], k: number): Matrix {
  const ranked = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return ranked.slice(0, k).map((i) => rows[i]!);
}

/** nCCS = (1/k)·sum_i max_j cos(y_i, yhat_j). */
export function nccs(exact: Matrix, approximate: Matrix): number {
  let sum = 0;
  for (const y of exact) sum += Math.max(...approximate.map((other) => cosine(y, other)));
  return sum / exact.length;
}

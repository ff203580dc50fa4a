// Reverse-mode gradient of SoftTopK, round by round (SYSTEMS.md 2.8); orders are constants.
import { dot, type Matrix } from './math.ts';
import { halvingRounds, type SoftTopKOptions, transformSlope } from './soft_topk.ts';

export interface SoftTopKGradient {
  readonly rows: Matrix;
  readonly scores: number[];
}

/** dL/dE and dL/dv, given dL/dY and dL/dv'. */
export function softTopKGradient(
  rows: Matrix,
  scores: number[],
  options: SoftTopKOptions,
  upstream: SoftTopKGradient,
  mask?: boolean[],
): SoftTopKGradient {
  const { states, pairings } = halvingRounds(rows, scores, options, mask);
  let dRows = upstream.rows;
  let dScores = upstream.scores;
  for (let round = pairings.length - 1; round >= 0; round--) {
    const slots = states[round]!;
    const nextRows: Matrix = slots.map((slot) => slot.row.map(() => 0));
    const nextScores = slots.map(() => 0);
    pairings[round]!.forEach(({ a, z, w }, i) => {
      const dy = dRows[i]!;
      const du = dScores[i]!;
      if (!slots[z]!.valid) {
        // w = 1 is a constant: y = x_a, u = v_a. No gradient flows into a masked slot.
        if (!slots[a]!.valid) return;
        nextRows[a] = [...dy];
        nextScores[a] = du;
        return;
      }
      const va = slots[a]!.score;
      const vz = slots[z]!.score;
      const gap = va - vz;
      const difference = slots[a]!.row.map((value, j) => value - slots[z]!.row[j]!);
      const rise = w * (1 - w) * transformSlope(va, options);
      const fall = w * (1 - w) * transformSlope(vz, options);
      nextRows[a] = dy.map((value) => w * value);
      nextRows[z] = dy.map((value) => (1 - w) * value);
      nextScores[a] = rise * dot(dy, difference) + (w + rise * gap) * du;
      nextScores[z] = -fall * dot(dy, difference) + (1 - w - fall * gap) * du;
    });
    dRows = nextRows;
    dScores = nextScores;
  }
  return { rows: dRows.slice(0, rows.length), scores: dScores.slice(0, scores.length) };
}

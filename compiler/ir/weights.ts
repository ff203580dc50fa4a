/**
 * Where weights come from, seen from the compiler: something that yields the elements of a named
 * tensor in order, in pieces, so that no more than a few megabytes are ever held. The sources
 * themselves (a seed, a safetensors file) live in the runtime.
 */

/** How a fresh parameter is drawn, as fairseq draws it (SYSTEMS.md 5.4). */
export type Init =
  /** U(-a, a), a = gain * sqrt(6 / (rows + columns)), for a [rows, columns] matrix. */
  | { readonly kind: 'xavier_uniform'; readonly gain: number }
  | { readonly kind: 'uniform'; readonly bound: number }
  /** N(0, std); row `zeroRow` (the padding word's) is zero. */
  | { readonly kind: 'normal'; readonly std: number; readonly zeroRow?: number }
  | { readonly kind: 'constant'; readonly value: number };

/** A trainable tensor, by its name in a fairseq state dict (SYSTEMS.md 5.5). float32. */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly init: Init;
}

export interface WeightSource {
  /** For people and metadata: `random, seed 0` or the file's name. */
  readonly label: string;
  /** True when nobody trained these. */
  readonly random: boolean;
  /**
   * The tensor's elements in row-major order, in pieces of at most 1 Mi elements. Throws
   * DiagnosticError when it is missing, misshapen, truncated or holds NaN or infinity.
   */
  read(spec: WeightSpec): AsyncIterable<Float32Array>;
}

// The configuration of a model for the oracle.

export type OraclePool =
  | {
      readonly kind: 'soft_topk';
      readonly base: number;
      readonly order: 'position' | 'score';
      readonly pair: 'best_worst' | 'shifted';
    }
  | { readonly kind: 'hard_topk'; readonly order: 'position' | 'score' };

export interface OracleEncoderLayer {
  /** The schedule length that the layer attends over, and the length that it emits: k of its pooling. */
  readonly consumes: number;
  readonly emits: number;
  readonly attention: { readonly kind: 'full' } | { readonly kind: 'block'; readonly size: number };
  readonly pool?: OraclePool;
}

export interface OracleConfig {
  readonly vocabulary: number;
  readonly width: number;
  readonly heads: number;
  readonly ffn: number;
  readonly activation: 'relu' | 'gelu';
  readonly norm: 'post' | 'pre';
  readonly encoder: {
    readonly positions: 'sinusoidal' | 'none';
    readonly layers: readonly OracleEncoderLayer[];
  };
  readonly decoder?: { readonly positions: 'sinusoidal' | 'none'; readonly layers: number };
  readonly shareEmbeddings: boolean;
  /** Behaves as the published code: pads to the first schedule length, and masks nothing. */
  readonly compat?: 'paper';
}

/** Rejects schedules that do not fit together. */
export function checkConfig(config: OracleConfig): void {
  if (config.width % config.heads !== 0) throw new Error('oracle: heads must divide the width');
  config.encoder.layers.forEach((layer, i) => {
    const next = config.encoder.layers[i + 1];
    if (next !== undefined && next.consumes !== layer.emits) {
      throw new Error(`oracle: layer ${i} emits ${layer.emits}, layer ${i + 1} consumes ${next.consumes}`);
    }
    if (layer.emits > layer.consumes) throw new Error(`oracle: layer ${i} emits more than it consumes`);
    if (layer.emits < layer.consumes && layer.pool === undefined) {
      throw new Error(`oracle: layer ${i} shrinks without a pooling`);
    }
  });
}

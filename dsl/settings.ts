/**
 * What a model writes, read but not yet completed: each field is there if some model of the chain
 * wrote it, with its value (unknown after a mistake), its place and its author. Types only, and the
 * one rule of inheritance.
 */
import type { ModelNode } from './ast.ts';
import type { Diagnostic, Span } from './diagnostics.ts';
import type { KindTables } from './kinds.ts';
import type { FfnSpec, KindSpec, NormSpec, PoolSpec } from './spec.ts';

export interface Setting<T> {
  /** Absent after a mistake that is reported: whatever depends on it stays silent. */
  readonly value: T | undefined;
  readonly span: Span;
  /** The model that wrote it. */
  readonly owner: ModelNode;
}

export type Sparse<Fields> = { readonly [K in keyof Fields]?: Setting<Fields[K]> };

/** One entry of a schedule: `512 x 3` is three layers of one entry. */
export interface Schedule {
  readonly layers: readonly { readonly length: number; readonly span: Span }[];
  readonly memory: { readonly length: number; readonly span: Span };
}

export interface ModelFields {
  readonly vocabulary: number;
  readonly width: number;
  readonly heads: number;
  /** Without a width: four times the model's. */
  readonly ffn: Omit<FfnSpec, 'width'> & Partial<Pick<FfnSpec, 'width'>>;
  readonly norm: NormSpec;
  readonly dropout: number;
  readonly share: 'embeddings' | 'none';
  readonly head: KindSpec;
}

export interface EncoderFields {
  readonly positions: KindSpec;
  readonly attention: KindSpec;
  readonly schedule: Schedule;
  readonly pool: PoolSpec;
}

export type LayerFields = Pick<EncoderFields, 'attention' | 'pool'>;

export interface DecoderFields {
  readonly layers: number;
  readonly positions: KindSpec;
  readonly attention: KindSpec;
  readonly cross_attention: KindSpec;
  readonly target: number;
}

export interface LayerSettings {
  /** The number in `layer 3`. */
  readonly span: Span;
  readonly owner: ModelNode;
  readonly fields: Sparse<LayerFields>;
}

export interface ModelSettings {
  readonly node: ModelNode;
  readonly fields: Sparse<ModelFields>;
  readonly encoder: Sparse<EncoderFields>;
  readonly layers: ReadonlyMap<number, LayerSettings>;
  /** `none` takes an inherited decoder away. */
  readonly decoder?: Sparse<DecoderFields> | 'none';
  /** Something of the model could not be read: a field that is absent is unknown, not default. */
  readonly open: boolean;
}

/** What the readers of fields share: the kinds, and where mistakes go. */
export interface Reading {
  readonly kinds: KindTables;
  readonly report: (diagnostic: Diagnostic) => void;
  /** How the field that is being read is written. */
  readonly form?: string;
}

/** Field by field, the child's over the parent's; layers by their number. */
export function inherit(parent: ModelSettings, child: ModelSettings): ModelSettings {
  const layers = new Map(parent.layers);
  for (const [number, layer] of child.layers) {
    layers.set(number, { ...layer, fields: { ...parent.layers.get(number)?.fields, ...layer.fields } });
  }
  const decoder = inheritDecoder(parent.decoder, child.decoder);
  return {
    node: child.node,
    fields: { ...parent.fields, ...child.fields },
    encoder: { ...parent.encoder, ...child.encoder },
    layers,
    ...(decoder !== undefined && { decoder }),
    open: parent.open || child.open,
  };
}

function inheritDecoder(
  parent: ModelSettings['decoder'],
  child: ModelSettings['decoder'],
): ModelSettings['decoder'] {
  if (child === undefined || child === 'none' || parent === undefined || parent === 'none')
    return child ?? parent;
  return { ...parent, ...child };
}

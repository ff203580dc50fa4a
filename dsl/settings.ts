/**
 * The fields that a model sets, before defaults are filled in. A field is present if the model, or a model that it
 * extends, sets the field. After a mistake, the value of the field is unknown. This file contains the types of these
 * settings and the rule of inheritance.
 */
import type { ModelNode } from './ast.ts';
import type { Diagnostic, Span } from './diagnostics.ts';
import type { KindTables } from './kinds.ts';
import type { FfnSpec, KindSpec, NormSpec, PoolSpec } from './spec.ts';

export interface Setting<T> {
  /** Absent after a reported mistake. Checks that need the value are then skipped. */
  readonly value: T | undefined;
  readonly span: Span;
  /** The model that sets the field. */
  readonly owner: ModelNode;
}

export type Sparse<Fields> = { readonly [K in keyof Fields]?: Setting<Fields[K]> };

/** The lengths of a schedule by layer. The three layers of `512 x 3` share the span of their entry. */
export interface Schedule {
  readonly layers: readonly { readonly length: number; readonly span: Span }[];
  readonly memory: { readonly length: number; readonly span: Span };
}

export interface ModelFields {
  readonly vocabulary: number;
  readonly width: number;
  readonly heads: number;
  /** The default of `width` is four times the model's width. */
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
  /** The position of `layer 3` in the source. */
  readonly span: Span;
  readonly owner: ModelNode;
  readonly fields: Sparse<LayerFields>;
}

export interface ModelSettings {
  readonly node: ModelNode;
  readonly fields: Sparse<ModelFields>;
  readonly encoder: Sparse<EncoderFields>;
  readonly layers: ReadonlyMap<number, LayerSettings>;
  /** `none` removes an inherited decoder. */
  readonly decoder?: Sparse<DecoderFields> | 'none';
  /** Whether part of the model could not be read. An absent field is then unknown, and does not get its default. */
  readonly open: boolean;
}

/** The context that every reader of a field gets. */
export interface Reading {
  readonly kinds: KindTables;
  readonly report: (diagnostic: Diagnostic) => void;
  /** An example of the field that is being read, for messages. */
  readonly form?: string;
}

/** Merges field by field: the child's fields replace the parent's, and layers are matched by their number. */
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

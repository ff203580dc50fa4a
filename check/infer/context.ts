/** The state that the functions of inference share: the whole run, and the current scope. */
import type { Attribute, Graph } from '../../compiler/onnx/model.ts';
import type { Facts } from '../facts.ts';
import type { Scope } from '../scopes.ts';
import type { createBodies } from './bodies.ts';
import type { Env } from './env.ts';
import type { createLengths } from './lengths.ts';
import type { createRecord } from './record.ts';
import type { Value } from './types.ts';

export type Inputs = readonly (Value | undefined)[];

/** The inference of one model: its input, and its results so far. */
export interface Run {
  readonly facts: Facts;
  readonly byGraph: ReadonlyMap<Graph, Scope>;
  /** The scope of each function, by its key. */
  readonly byFunction: ReadonlyMap<string, Scope>;
  readonly record: ReturnType<typeof createRecord>;
  readonly lengthsDiffer: ReturnType<typeof createLengths>;
  /** The results of earlier calls of functions, by a key of the call. */
  readonly memo: Map<string, readonly Result[]>;
  readonly bodies: ReturnType<typeof createBodies>;
  visits: number;
}

export interface Context {
  readonly run: Run;
  readonly scope: Scope;
  readonly env: Env;
  /** The attributes in the call of the enclosing function; undefined outside functions. */
  readonly attributes: ReadonlyMap<string, Attribute> | undefined;
  /** If true, nothing is reported, because the types of an enclosing loop may still change. */
  readonly muted: boolean;
  readonly depth: number;
}

export interface Result {
  readonly value: Value | undefined;
  /** Whether the value is unknown for a reason that is reported elsewhere. */
  readonly spoiled: boolean;
}

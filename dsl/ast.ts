/**
 * What a text says, with the place of everything; nothing here is checked against what fields and
 * kinds exist. Every node carries `type`. A node marked `broken` lost something to a syntax mistake
 * that is already reported: later stages take it as written but of unknown value.
 */
import type { Span } from './diagnostics.ts';

export interface NameNode {
  readonly type: 'name';
  readonly text: string;
  readonly span: Span;
}

/** `8k`, `-3`, `0.1`. */
export interface NumberNode {
  readonly type: 'number';
  /** As written. */
  readonly text: string;
  /** Without its unit's factor; negative after a `-`. */
  readonly value: number;
  readonly unit: string;
  /** A `.` was written. */
  readonly fraction: boolean;
  readonly span: Span;
}

/** `relu`, `by`, `x`, `block(512)`: what a word means depends on its field. */
export interface WordNode {
  readonly type: 'word';
  readonly text: string;
  readonly args?: readonly ArgumentNode[];
  readonly span: Span;
}

export interface ArgumentNode {
  readonly type: 'argument';
  /** Absent where the argument is given by position. */
  readonly name?: NameNode;
  readonly value: NumberNode | WordNode;
  readonly span: Span;
}

/** Values side by side, one entry of a list: `512 x 3`. */
export interface ElementNode {
  readonly type: 'element';
  readonly atoms: readonly (NumberNode | WordNode)[];
  readonly span: Span;
}

/** One field or block: `NAME list -> element { statements }`, all but the name optional. */
export interface StatementNode {
  readonly type: 'statement';
  readonly name: NameNode;
  readonly list: readonly ElementNode[];
  readonly arrow?: ElementNode;
  readonly body?: readonly StatementNode[];
  readonly broken: boolean;
  /** The name and the values, without the block. */
  readonly span: Span;
}

export type ExprNode =
  | NumberNode
  | {
      readonly type: 'quantity';
      /** Before the dot. */
      readonly model?: NameNode;
      readonly name: NameNode;
      readonly args: readonly ArgumentNode[];
      readonly span: Span;
    }
  | {
      readonly type: 'binary';
      readonly op: '+' | '-' | '*' | '/';
      readonly left: ExprNode;
      readonly right: ExprNode;
      readonly span: Span;
    }
  | { readonly type: 'negate'; readonly operand: ExprNode; readonly span: Span };

export type QuantityNode = Extract<ExprNode, { type: 'quantity' }>;

export interface BudgetNode {
  readonly type: 'budget';
  readonly left: ExprNode;
  readonly op: '<' | '<=' | '>' | '>=' | '==';
  readonly right: ExprNode;
  readonly span: Span;
}

export interface ModelNode {
  readonly type: 'model';
  /** Absent where a syntax mistake took it. */
  readonly name?: NameNode;
  readonly parent?: NameNode;
  readonly body: readonly StatementNode[];
  /** The header is broken: its parent may be missing. */
  readonly broken: boolean;
  /** The header, `model NAME extends NAME`. */
  readonly span: Span;
}

export interface CheckNode {
  readonly type: 'check';
  readonly model?: NameNode;
  /** Those that parsed. */
  readonly budgets: readonly BudgetNode[];
  /** The header, `check NAME`. */
  readonly span: Span;
}

export interface Ast {
  readonly type: 'file';
  readonly items: readonly (ModelNode | CheckNode)[];
  /** Some item lost its name: an unknown name may be that one, and is not reported. */
  readonly nameless: boolean;
  /** Names of items that could not be read at all. */
  readonly lost: readonly string[];
}

/**
 * The abstract syntax tree, in which every node has its `type` and its `span` in the source. Names of fields and kinds
 * are not checked yet. A `broken` node contains a syntax mistake, which has been reported: the author wrote the field,
 * but its value could not be read.
 */
import type { Span } from './diagnostics.ts';

export interface NameNode {
  readonly type: 'name';
  readonly text: string;
  readonly span: Span;
}

/** A number such as `8k`, `-3` or `0.1`. */
export interface NumberNode {
  readonly type: 'number';
  /** The number as it is written in the source. */
  readonly text: string;
  /** The value without the factor of its unit. */
  readonly value: number;
  readonly unit: string;
  /** Whether the number contains a `.`. */
  readonly fraction: boolean;
  readonly span: Span;
}

/** A word such as `relu`, `by`, `x` or `block(512)`, whose meaning depends on its field. */
export interface WordNode {
  readonly type: 'word';
  readonly text: string;
  readonly args?: readonly ArgumentNode[];
  readonly span: Span;
}

export interface ArgumentNode {
  readonly type: 'argument';
  /** Absent if the argument is given by position. */
  readonly name?: NameNode;
  readonly value: NumberNode | WordNode;
  readonly span: Span;
}

/** One entry of a list: values side by side, such as `512 x 3`. */
export interface ElementNode {
  readonly type: 'element';
  readonly atoms: readonly (NumberNode | WordNode)[];
  readonly span: Span;
}

/** A field or block: `NAME list -> element { statements }`. Only the name is required. */
export interface StatementNode {
  readonly type: 'statement';
  readonly name: NameNode;
  readonly list: readonly ElementNode[];
  readonly arrow?: ElementNode;
  readonly body?: readonly StatementNode[];
  readonly broken: boolean;
  /** Covers the name and the values but not the block. */
  readonly span: Span;
}

export type ExprNode =
  | NumberNode
  | {
      readonly type: 'quantity';
      /** The model before the dot. */
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
  /** Absent after a syntax mistake. */
  readonly name?: NameNode;
  readonly parent?: NameNode;
  readonly body: readonly StatementNode[];
  /** Whether the header has a syntax mistake. The parent may then be missing. */
  readonly broken: boolean;
  /** Covers the header, `model NAME extends NAME`. */
  readonly span: Span;
}

export interface CheckNode {
  readonly type: 'check';
  readonly model?: NameNode;
  /** The budgets without syntax mistakes. */
  readonly budgets: readonly BudgetNode[];
  /** Covers the header, `check NAME`. */
  readonly span: Span;
}

export interface Ast {
  readonly type: 'file';
  readonly items: readonly (ModelNode | CheckNode)[];
  /**
   * Whether the name of some model could not be read. In that case unknown names are not reported, because they may refer
   * to that model.
   */
  readonly nameless: boolean;
  /** Names of items that could not be read at all. */
  readonly lost: readonly string[];
}

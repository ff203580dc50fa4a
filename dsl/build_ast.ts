/**
 * Converts the concrete syntax tree to the abstract one: drops punctuation, decodes numbers and makes operators
 * left-associative. It accepts the partial trees that the parser's recovery produces. It marks the broken nodes in
 * them, but does not report them.
 */
import type { CstNode, IToken } from 'chevrotain';
import type * as A from './ast.ts';
import type { Span } from './diagnostics.ts';
import { decodeNumber, type Literal } from './numbers.ts';
import { spanOf } from './tokens.ts';

/** Whether the statement at this position has a syntax mistake. */
export type IsBroken = (place: Span) => boolean;

const nodes = (cst: CstNode, key: string): readonly CstNode[] => (cst.children[key] ?? []) as CstNode[];
const node = (cst: CstNode, key: string): CstNode | undefined => nodes(cst, key)[0];

/** The tokens of a child, without those that recovery inserted. */
const tokens = (cst: CstNode, key: string): readonly IToken[] =>
  ((cst.children[key] ?? []) as IToken[]).filter((t) => !t.isInsertedInRecovery);
const token = (cst: CstNode, key: string): IToken | undefined => tokens(cst, key)[0];

const join = (first: Span, last: Span): Span => ({ start: first.start, end: last.end });
const nameOf = (t: IToken): A.NameNode => ({ type: 'name', text: t.image, span: spanOf(t) });

export function buildAst(file: CstNode, isBroken: IsBroken, lost: readonly string[]): A.Ast {
  const items = [
    ...nodes(file, 'model').map((cst) => model(cst, isBroken)),
    ...nodes(file, 'check').map((cst) => check(cst, isBroken)),
  ].sort((a, b) => a.span.start - b.span.start);
  const nameless = items.some((item) => item.type === 'model' && item.name === undefined);
  return { type: 'file', items, nameless, lost };
}

function model(cst: CstNode, isBroken: IsBroken): A.ModelNode {
  const keyword = token(cst, 'Word_model')!;
  const name = token(cst, 'Name');
  const extended = token(cst, 'Word_extends');
  const parentNode = node(cst, 'parent');
  const parent = parentNode && token(parentNode, 'Name');
  const last = parent ?? extended ?? name ?? keyword;
  return {
    type: 'model',
    ...(name && { name: nameOf(name) }),
    ...(parent && { parent: nameOf(parent) }),
    body: statements(node(cst, 'block'), isBroken),
    broken: isBroken(spanOf(keyword)) || cst.recoveredNode === true,
    span: join(spanOf(keyword), spanOf(last)),
  };
}

function statements(block: CstNode | undefined, isBroken: IsBroken): readonly A.StatementNode[] {
  if (!block) return [];
  return nodes(block, 'statement')
    .filter((cst) => token(cst, 'Name') !== undefined)
    .map((cst) => statement(cst, isBroken));
}

function statement(cst: CstNode, isBroken: IsBroken): A.StatementNode {
  const name = token(cst, 'Name')!;
  const listNode = node(cst, 'list');
  const list = listNode ? nodes(listNode, 'element').flatMap(element) : [];
  const arrow = nodes(cst, 'element').flatMap(element)[0];
  const block = node(cst, 'block');
  const last = lastToken({ ...cst, children: { ...cst.children, block: [] } }) ?? name;
  return {
    type: 'statement',
    name: nameOf(name),
    list,
    ...(arrow && { arrow }),
    ...(block && { body: statements(block, isBroken) }),
    broken: cst.recoveredNode === true || isBroken(spanOf(name)),
    span: join(spanOf(name), spanOf(last)),
  };
}

/** Finds the last token below a node. `arrange` limits the depth of the tree, and so the depth of this recursion. */
function lastToken(cst: CstNode): IToken | undefined {
  let last: IToken | undefined;
  for (const children of Object.values(cst.children)) {
    const child = children.at(-1);
    const at = child && ('children' in child ? lastToken(child) : child);
    if (at && !at.isInsertedInRecovery && (!last || at.startOffset > last.startOffset)) last = at;
  }
  return last;
}

/** Converts one element; returns an empty list if the parser's recovery left the element empty. */
function element(cst: CstNode): A.ElementNode[] {
  const atoms = [...nodes(cst, 'number').flatMap(number), ...nodes(cst, 'word').flatMap(word)].sort(
    (a, b) => a.span.start - b.span.start,
  );
  const [first, last] = [atoms[0], atoms.at(-1)];
  return first && last ? [{ type: 'element', atoms, span: join(first.span, last.span) }] : [];
}

function number(cst: CstNode): A.NumberNode[] {
  const digits = token(cst, 'Number');
  return digits ? [numberOf(digits, token(cst, 'Minus'))] : [];
}

const NOT_A_NUMBER: Literal = { value: Number.NaN, unit: '', fraction: false };

function numberOf(digits: IToken, minus?: IToken): A.NumberNode {
  const { value, unit, fraction } = decodeNumber(digits.image) ?? NOT_A_NUMBER;
  return {
    type: 'number',
    text: (minus ? '-' : '') + digits.image,
    value: minus ? -value : value,
    unit,
    fraction,
    span: join(spanOf(minus ?? digits), spanOf(digits)),
  };
}

function word(cst: CstNode): A.WordNode[] {
  const name = token(cst, 'Name');
  if (!name) return [];
  const list = node(cst, 'args');
  const close = list && token(list, 'RightParen');
  const span = close ? join(spanOf(name), spanOf(close)) : spanOf(name);
  return [{ type: 'word', text: name.image, ...(list && { args: argumentsOf(list) }), span }];
}

function argumentsOf(list: CstNode): readonly A.ArgumentNode[] {
  return nodes(list, 'argument').flatMap((cst): A.ArgumentNode[] => {
    const names = tokens(cst, 'Name');
    const named = token(cst, 'Colon') !== undefined ? names[0] : undefined;
    const plain = named ? names[1] : names[0];
    const digits = node(cst, 'number');
    const value: A.NumberNode | A.WordNode | undefined =
      (digits && number(digits)[0]) ??
      (plain && ({ type: 'word', text: plain.image, span: spanOf(plain) } as const));
    if (!value) return [];
    const name = named && nameOf(named);
    return [
      { type: 'argument', ...(name && { name }), value, span: join(name?.span ?? value.span, value.span) },
    ];
  });
}

function check(cst: CstNode, isBroken: IsBroken): A.CheckNode {
  const keyword = token(cst, 'Word_check')!;
  const name = token(cst, 'Name');
  const list = node(cst, 'budgets');
  return {
    type: 'check',
    ...(name && { model: nameOf(name) }),
    budgets: list ? nodes(list, 'budget').flatMap((b) => budget(b, isBroken)) : [],
    span: join(spanOf(keyword), spanOf(name ?? keyword)),
  };
}

/** Converts one budget; returns an empty list if the line of the budget has a mistake. */
function budget(cst: CstNode, isBroken: IsBroken): A.BudgetNode[] {
  const op = token(cst, 'Compare');
  const [l, r] = nodes(cst, 'sum');
  if (!op || !l || !r || cst.recoveredNode) return [];
  const [left, right] = [sum(l), sum(r)];
  if (!left || !right || isBroken(spanOf(op))) return [];
  const span = join(left.span, right.span);
  return [{ type: 'budget', left, op: op.image as A.BudgetNode['op'], right, span }];
}

const sum = (cst: CstNode) => chain(nodes(cst, 'product').map(product), tokens(cst, 'operator'));
const product = (cst: CstNode) => chain(nodes(cst, 'signed').map(signed), tokens(cst, 'Times'));

function chain(
  terms: readonly (A.ExprNode | undefined)[],
  operators: readonly IToken[],
): A.ExprNode | undefined {
  let left = terms[0];
  for (const [i, operator] of operators.entries()) {
    const right = terms[i + 1];
    if (!left || !right) return undefined;
    const op = operator.image as '+' | '-' | '*' | '/';
    left = { type: 'binary', op, left, right, span: join(left.span, right.span) };
  }
  return left;
}

function signed(cst: CstNode): A.ExprNode | undefined {
  const digits = token(cst, 'Number');
  const [quantityNode, groupNode] = [node(cst, 'quantity'), node(cst, 'group')];
  let expr = digits
    ? numberOf(digits)
    : quantityNode
      ? quantity(quantityNode)
      : groupNode && group(groupNode);
  for (const minus of tokens(cst, 'Minus').toReversed()) {
    if (!expr) return undefined;
    expr = { type: 'negate', operand: expr, span: join(spanOf(minus), expr.span) };
  }
  return expr;
}

/** An expression in parentheses. Its span includes the parentheses, so that messages quote them too. */
function group(cst: CstNode): A.ExprNode | undefined {
  const [inner, open, close] = [node(cst, 'sum'), token(cst, 'LeftParen'), token(cst, 'RightParen')];
  const expr = inner && sum(inner);
  return expr && open && close ? { ...expr, span: join(spanOf(open), spanOf(close)) } : expr;
}

function quantity(cst: CstNode): A.ExprNode | undefined {
  const names = tokens(cst, 'Name');
  const dotted = token(cst, 'Dot') !== undefined;
  const name = dotted ? names[1] : names[0];
  if (!name || !names[0]) return undefined;
  const list = node(cst, 'args');
  const last = (list && token(list, 'RightParen')) ?? name;
  return {
    type: 'quantity',
    ...(dotted && { model: nameOf(names[0]) }),
    name: nameOf(name),
    args: list ? argumentsOf(list) : [],
    span: join(spanOf(names[0]), spanOf(last)),
  };
}

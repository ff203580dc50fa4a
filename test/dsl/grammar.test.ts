/** Runs chevrotain's own checks of the lexer and the grammar, which the product skips in order to start faster. */
import { expect, test } from 'vitest';
import { Lexer } from '../../dsl/chevrotain.ts';
import { BenParser } from '../../dsl/parser.ts';
import { VOCABULARY } from '../../dsl/tokens.ts';

test('the lexer has no unreachable or ambiguous tokens', () => {
  const { lexerDefinitionErrors } = new Lexer(VOCABULARY, { deferDefinitionErrorsHandling: true });
  expect(lexerDefinitionErrors).toEqual([]);
});

test('the grammar has no ambiguity and no left recursion', () => {
  expect(() => new BenParser({ skipValidations: false })).not.toThrow();
});

/**
 * The only import of chevrotain's values. rolldown.config.ts resolves this file to the package when it bundles the
 * command line.
 */
export {
  CstParser,
  createToken,
  createTokenInstance,
  EOF,
  Lexer,
  tokenMatcher,
} from 'chevrotain';

/**
 * The only file that imports values from chevrotain. When rolldown.config.ts bundles the command line, it resolves this
 * file to the package.
 */
export {
  CstParser,
  createToken,
  createTokenInstance,
  EOF,
  Lexer,
  tokenMatcher,
} from 'chevrotain';

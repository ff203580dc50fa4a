/**
 * The only file that imports values from chevrotain. rolldown.config.ts bundles this file with the parts of the package
 * that it needs, because the package and its dependencies have hundreds of files.
 */
export {
  CstParser,
  createToken,
  createTokenInstance,
  EOF,
  Lexer,
  tokenMatcher,
} from 'chevrotain';

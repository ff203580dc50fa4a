/** The parts of chevrotain that the parser is made of. The command line bundles the library (rolldown.config.ts). */
export {
  CstParser,
  createToken,
  createTokenInstance,
  EOF,
  Lexer,
  tokenMatcher,
} from 'chevrotain';

/** The language's own tests use the compiler's kinds, so that the guide is held to what there really is. */
export { KINDS } from '../../compiler/kinds/index.ts';

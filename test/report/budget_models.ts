/** Three models for tests of budgets, and a function that checks a block about the first. */
import { checked } from '../dsl/kinds.ts';

export const MODELS = `model A {
  vocabulary 100
  width      8
  heads      2
  ffn        32
  encoder {
    attention block(16)
    schedule  64, 64, 16 -> 8
  }
  decoder { target 16 }
}
model B extends A { encoder { schedule 64 x 3 } }
model E { width 8; heads 2; encoder { schedule 16 } }
`;

export const check = (...budgets: readonly string[]): string =>
  `${MODELS}check A {\n${budgets.map((b) => `  ${b}\n`).join('')}}\n`;

export const codes = (text: string): readonly string[] => checked(text).map(({ code }) => code);

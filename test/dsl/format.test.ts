/** The formatter: expected layouts, comments in all places, and texts with mistakes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { format } from '../../dsl/index.ts';

const formatted = (text: string): string | undefined => format({ path: 'a.ben', text }).value;

/** Expects `before` to become `after`, and `after` to stay. */
function expectFormatted(before: string, after: string): void {
  expect(formatted(before)).toBe(after);
  expect(formatted(after)).toBe(after);
}

describe('layout', () => {
  test('fields are aligned, blocks indented by two spaces, and items separated', () => {
    expectFormatted(
      `model   A{vocabulary 32_000
width 768;heads 8
encoder{
attention   block( 512 )
schedule 8k,8k , 2k,512 x 3->512
pool soft_topk(base:20,order :score)by linear
layer 3{attention full;pool hard_topk}
}


share embeddings
}
model B extends A{encoder{schedule 8k x 6}}`,
      `model A {
  vocabulary 32_000
  width      768
  heads      8
  encoder {
    attention block(512)
    schedule  8k, 8k, 2k, 512 x 3 -> 512
    pool      soft_topk(base: 20, order: score) by linear
    layer 3 { attention full; pool hard_topk }
  }

  share embeddings
}

model B extends A { encoder { schedule 8k x 6 } }
`,
    );
  });

  test('budgets are aligned if their left side is a name', () => {
    expectFormatted(
      `check A {
parameters<=125M
cross_attention <= - ( Blockwise . cross_attention+1 ) / 16
peak_memory( batch:8 )<=8GB
- macs-3 * - 2 > -  4
}`,
      `check A {
  parameters      <= 125M
  cross_attention <= -(Blockwise.cross_attention + 1) / 16
  peak_memory(batch: 8) <= 8GB
  -macs - 3 * -2 > -4
}
`,
    );
  });

  test('a continued line is aligned with its first value', () => {
    expectFormatted(
      'model A {\n  encoder {\n    attention full\n    schedule 8k, // whole\n  4k\n -> 512\n  }\n}\ncheck A {\n macs <=\n 3 +\n 4\n}\n',
      `model A {
  encoder {
    attention full
    schedule  8k, // whole
              4k
              -> 512
  }
}

check A {
  macs <=
      3 +
      4
}
`,
    );
  });

  test('a block on one line stays on one line if it fits', () => {
    const wide =
      'model A { vocabulary 32_000; width 768; heads 8; ffn 3072 relu; norm post; dropout 0.1; share embeddings }';
    expectFormatted(
      wide,
      `model A {
  vocabulary 32_000
  width      768
  heads      8
  ffn        3072 relu
  norm       post
  dropout    0.1
  share      embeddings
}
`,
    );
    expectFormatted('model A{ encoder{} decoder { } ; }', 'model A { encoder {} decoder {} }\n');
  });

  test('line ends and tabs are normalised, and a byte order mark is removed', () => {
    expectFormatted('\uFEFFmodel A {\r\n\twidth\t5\r\r}\r\n', 'model A {\n  width 5\n}\n');
  });

  test('an empty text stays empty', () => expectFormatted('  \n\n', ''));
});

describe('comments', () => {
  test('stay where they are', () => {
    expectFormatted(
      `// file


// model
model A { // open
// first
width 768 // d
vocabulary 32_000    // words

// second
heads 8; // h
encoder // header
{ schedule 8k, // a
// between
2k // b
-> 512
} // close
// last
} // end
// after
check A { // none
}`,
      `// file

// model
model A { // open
  // first
  width      768    // d
  vocabulary 32_000 // words

  // second
  heads 8 // h
  encoder {
    // header
    schedule 8k, // a
             // between
             2k  // b
             -> 512
  } // close
  // last
} // end

// after
check A { // none
}
`,
    );
  });

  test('are all kept', () => {
    const text = 'model A // 1\n{ // 2\n // 3\n encoder // 4\n // 5\n { // 6\n } // 7\n width // 8\n}\n// 9';
    const result = formatted(text) ?? '';
    for (let i = 1; i <= 9; i++) expect(result).toContain(`// ${i}`);
    expect(formatted(result)).toBe(result);
  });
});

describe('mistakes', () => {
  test('of syntax prevent formatting', () => {
    const { value, diagnostics } = format({ path: 'a.ben', text: 'model A { width: 5 }' });
    expect(value).toBeUndefined();
    expect(diagnostics.map(({ code }) => code)).toEqual(['D008']);
  });

  test('of meaning do not matter', () => {
    expectFormatted('model A { widht   5 }', 'model A { widht 5 }\n');
  });
});

describe('examples are formatted', () => {
  const folder = join(import.meta.dirname, '../../examples');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ben'))) {
    test(name, () => {
      const text = readFileSync(join(folder, name), 'utf8');
      expect(formatted(text)).toBe(text);
    });
  }
});

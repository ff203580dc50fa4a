/** Refuses `--special-tokens` where it would have no effect. */
import { UsageFault } from './faults.ts';

export function needsTokenizer({ name }: { readonly name: string }): void {
  if (name !== 'bytes') return;
  throw new UsageFault(
    '--special-tokens is for tokenizers from a file, but this model reads the bytes of the text',
    'leave the option out, or name a tokenizer: --tokenizer FILE',
  );
}

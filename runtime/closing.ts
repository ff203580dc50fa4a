/** Closes things that belong together. */
import type { Outcome } from '../dsl/diagnostics.ts';

export interface Closable {
  close(): Promise<void>;
}

/** Opens a model whose `close` closes `part` too. If it cannot be opened, the part is closed at once. */
export async function closedTogether<T extends Closable>(
  part: Closable | undefined,
  open: () => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  if (!part) return open();
  let opened: Outcome<T> | undefined;
  try {
    opened = await open();
  } finally {
    if (!opened?.value) await part.close();
  }
  const { value, diagnostics } = opened;
  if (!value) return { diagnostics };
  const close = async (): Promise<void> => {
    await value.close();
    await part.close();
  };
  return { value: { ...value, close }, diagnostics };
}

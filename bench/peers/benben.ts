/** Benben's side of the comparison: artifacts of a model, in fp32 or int8. */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Entry, Precision } from '../../index.ts';
import { ints, open, writeFrom } from '../models.ts';
import type { Document, Subject } from './models.ts';

export interface Opened {
  run(document: Document, extra?: Readonly<Record<string, Tensor>>): Promise<InferenceSession.ReturnType>;
  release(): Promise<void>;
}

export async function openEntry(subject: Subject, entry: Entry, precision: Precision): Promise<Opened> {
  const { source, documents, threads } = subject;
  const session = await open(await writeFrom(source, entry, { precision }), { intraOpNumThreads: threads });
  return {
    run: (document, extra = {}) => {
      const ids = documents[document];
      const shape = [1, ids.length];
      const feeds = { input_ids: ints(shape, (i) => ids[i]!), attention_mask: ints(shape, () => 1) };
      return session.run({ ...feeds, ...extra });
    },
    release: () => session.release(),
  };
}

/** Runs an entry once, and returns its outputs. */
export async function once(
  subject: Subject,
  entry: Entry,
  precision: Precision,
  document: Document,
  extra: Readonly<Record<string, Tensor>> = {},
): Promise<InferenceSession.ReturnType> {
  const opened = await openEntry(subject, entry, precision);
  const result = await opened.run(document, extra);
  await opened.release();
  return result;
}

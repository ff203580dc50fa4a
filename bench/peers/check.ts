/** Compares the forms of a model before they are timed. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forced, ints, temporaryFolder } from '../models.ts';
import { once, openEntry } from './benben.ts';
import {
  choiceVerdict,
  type Difference,
  difference,
  exactVerdict,
  expectRight,
  roundedVerdict,
  wordsVerdict,
} from './compare.ts';
import { exportedDecoder, exportedEncoder } from './exported.ts';
import type { Document, Subject } from './models.ts';
import type { Python } from './python.ts';
import { FORMS, type Form, type Measured } from './table.ts';

export interface Run {
  readonly subject: Subject;
  readonly python: Python;
  readonly say: (line: string) => void;
}

/** The most words that a search writes. */
export const WORDS = 64;

/** fairseq's id of the end of a sequence, from which a text starts. */
const EOS = 2;

/** Asks Python for numbers, which it writes to a file, and for the value of its answer. */
async function numbersAnd<T>(
  python: Python,
  command: string,
  args: Readonly<Record<string, unknown>>,
): Promise<readonly [Float32Array, T]> {
  const out = join(await temporaryFolder(), 'numbers.f32');
  const value = await python.ask<T>(command, { ...args, out });
  return [new Float32Array((await readFile(out)).buffer), value];
}

const numbers = async (...args: Parameters<typeof numbersAnd>): Promise<Float32Array> =>
  (await numbersAnd(...args))[0];

const memoryOf = ({ python }: Run, form: Form, document: Document): Promise<Float32Array> =>
  numbers(python, 'encode', { form, document });

/** Compares the memories of Benben and PyTorch eager in fp32. */
async function checkMemory(run: Run, document: Document): Promise<void> {
  const { subject, say } = run;
  const ours = await once(subject, 'encode', 'fp32', document);
  const found = difference(await memoryOf(run, 'eager', document), ours.memory!.data as Float32Array);
  expectRight(
    say,
    exactVerdict(`${subject.spec.name}, Benben, ${subject.documents[document].length} tokens`, found),
  );
}

/** Compares them for a document of which thousands of rows are ranked. Python follows Benben's choices (bench/peers/follow.py). */
async function checkPooled({ subject, python, say }: Run): Promise<void> {
  const { memory, origin_index } = await once(subject, 'encode', 'fp32', 'long');
  const origins = join(await temporaryFolder(), 'origins.i64');
  await writeFile(origins, origin_index!.data as BigInt64Array);
  const [theirs, shares] = await numbersAnd<number[]>(python, 'follow', { document: 'long', origins });
  const what = `${subject.spec.name}, Benben with the same choices, ${subject.documents.long.length} tokens`;
  expectRight(say, choiceVerdict(what, shares));
  expectRight(say, exactVerdict(what, difference(theirs, memory!.data as Float32Array)));
}

/** Compares the words that Benben, PyTorch eager and PyTorch's export write for the short document. */
async function checkWords({ subject, python, say }: Run): Promise<void> {
  const { name } = subject.spec;
  const opened = await openEntry(subject, 'generate', 'fp32');
  const { sequences } = await opened.run('short', forced(WORDS));
  await opened.release();
  // The last word is the eos.
  const ours = Array.from(sequences!.data as BigInt64Array, Number).slice(0, WORDS);
  const theirs = await python.ask<number[]>('greedy', { form: 'eager', document: 'short', words: WORDS });
  expectRight(say, wordsVerdict(`${name}, Benben's search`, ours, theirs));
  const exported = await exportedDecoder(subject, python, WORDS);
  const written = await exported.run(WORDS);
  await exported.release();
  expectRight(say, wordsVerdict(`${name}, the exported search`, written, theirs));
}

/** Compares Benben in fp32 with PyTorch eager: memories and texts. */
export async function checkBenben(run: Run): Promise<void> {
  await checkMemory(run, 'short');
  await checkPooled(run);
  await checkWords(run);
}

/**
 * Compares all forms in fp32, row by row, on a model whose poolings rank few rows: Benben with PyTorch eager, and the
 * other forms of PyTorch with eager.
 */
export async function checkForms(run: Run): Promise<void> {
  const { subject, python, say } = run;
  await checkMemory(run, 'long');
  const eager = await memoryOf(run, 'eager', 'long');
  say('PyTorch compiles');
  const compiled = await memoryOf(run, 'compiled', 'long');
  expectRight(say, exactVerdict(FORMS.compiled, difference(eager, compiled)));
  const opened = await exportedEncoder(subject, python);
  const exported = await opened.run();
  await opened.release();
  expectRight(say, exactVerdict(FORMS.exported, difference(eager, exported)));
  const search = { document: 'short', words: WORDS };
  const words = await python.ask<number[]>('greedy', { form: 'eager', ...search });
  const theirs = await python.ask<number[]>('greedy', { form: 'compiled', ...search });
  expectRight(say, wordsVerdict(FORMS.compiled, words, theirs));
}

export type Errors = Pick<Measured, 'memoryError' | 'logitsError'>;

/**
 * The errors of the forms in fewer bits, against PyTorch eager in fp32: of the memory of the short document, where no
 * error changes which rows are kept, and of the logits for 16 words.
 */
export async function errorsOf(run: Run): Promise<Errors> {
  const { subject, python, say } = run;
  const { vocabulary } = subject.spec;
  const words = [EOS, ...Array.from({ length: 15 }, (_, i) => 4 + ((i * 7919) % (vocabulary - 4)))];
  const logitsOf = (form: Form): Promise<Float32Array> =>
    numbers(python, 'logits', { form, document: 'short', words });
  const both = async (
    memory: Float32Array,
    logits: Float32Array,
  ): Promise<readonly [Difference, Difference]> => [
    difference(await memoryOf(run, 'eager', 'short'), memory),
    difference(await logitsOf('eager'), logits),
  ];
  const found: Partial<Record<Form, readonly [Difference, Difference]>> = {};
  for (const form of ['bf16', 'int8'] as const)
    found[form] = await both(await memoryOf(run, form, 'short'), await logitsOf(form));
  const ids = ints([1, words.length], (i) => words[i]!);
  found.benbenInt8 = await both(
    (await once(subject, 'encode', 'int8', 'short')).memory!.data as Float32Array,
    (await once(subject, 'forward', 'int8', 'short', { decoder_input_ids: ids })).logits!
      .data as Float32Array,
  );
  const entries = Object.entries(found) as [Form, readonly [Difference, Difference]][];
  for (const [form, [memory, logits]] of entries) {
    expectRight(say, roundedVerdict(`${FORMS[form]}, the memory`, memory));
    expectRight(say, roundedVerdict(`${FORMS[form]}, the logits`, logits));
  }
  const part = (i: 0 | 1): Partial<Record<Form, number>> =>
    Object.fromEntries(entries.map(([form, pair]) => [form, pair[i].relative]));
  return { memoryError: part(0), logitsError: part(1) };
}

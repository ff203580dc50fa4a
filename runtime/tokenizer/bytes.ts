/**
 * The default tokenizer, which needs no file. The id of a byte is its value plus 4, because the first four ids are
 * fairseq's special ones. It is lossless for every well-formed text.
 */
import { type Encoded, FAIRSEQ_IDS, placeholder, type Tokenizer } from './tokenizer.ts';

const FIRST = 4;
const SIZE = FIRST + 256;
const NAMES = ['<s>', '<pad>', '</s>', '<unk>'];

export const byteTokenizer: Tokenizer = {
  name: 'bytes',
  size: SIZE,
  special: FAIRSEQ_IDS,
  encode: async (text) => encodeBytes(text),
  decode: async (ids) => decodeBytes(ids),
  piece,
  settles: 'characters',
};

/** What `byteTokenizer.encode` returns, at once. */
export function encodeBytes(text: string): Encoded {
  const bytes = new TextEncoder().encode(text);
  const ids = new Array<number>(bytes.length + 1);
  for (let i = 0; i < bytes.length; i++) ids[i] = FIRST + bytes[i]!;
  ids[bytes.length] = FAIRSEQ_IDS.eos;

  const spans = new Uint32Array(2 * ids.length);
  let token = 0;
  for (let start = 0; start < text.length; ) {
    const code = text.codePointAt(start)!;
    const end = start + (code > 0xffff ? 2 : 1);
    // A lone surrogate is below 0x10000 and is encoded as U+FFFD, which has three bytes too.
    const width = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (let i = 0; i < width; i++, token++) {
      spans[2 * token] = start;
      spans[2 * token + 1] = end;
    }
    start = end;
  }
  spans.fill(text.length, 2 * token);
  return { ids, spans };
}

/** What `byteTokenizer.decode` returns, at once. */
export function decodeBytes(ids: readonly number[]): string {
  let text = '';
  let bytes: number[] = [];
  const flush = (): void => {
    // ignoreBOM keeps a byte order mark, because it is a character of the text.
    if (bytes.length > 0)
      text += new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
    bytes = [];
  };
  for (const id of ids) {
    if (Number.isInteger(id) && id >= FIRST && id < SIZE) {
      bytes.push(id - FIRST);
    } else if (id !== FAIRSEQ_IDS.bos && id !== FAIRSEQ_IDS.pad && id !== FAIRSEQ_IDS.eos) {
      flush();
      text += placeholder(id === FAIRSEQ_IDS.unk ? 'unk' : id);
    }
  }
  flush();
  return text;
}

function piece(id: number): string {
  if (id >= FIRST + 0x20 && id < FIRST + 0x7f) return String.fromCharCode(id - FIRST);
  if (id >= FIRST && id < SIZE)
    return placeholder(`0x${(id - FIRST).toString(16).toUpperCase().padStart(2, '0')}`);
  return NAMES[id] ?? placeholder(id);
}

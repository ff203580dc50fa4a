/** Reads the headers of an ELF library, which identify the library before it is copied. */
import type { FileHandle } from 'node:fs/promises';

export interface Elf {
  /** Whether the file is a complete 64-bit, little-endian shared object. */
  readonly shared: boolean;
  /** `x86-64`, `AArch64`, …, or `machine N` for an unknown architecture. */
  readonly machine: string;
  /** The name by which the library is loaded (DT_SONAME). Plug-ins may have none. */
  readonly soname?: string;
}

const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  40: 'ARM',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
};

const HEADER = 64;
const [SEGMENT, LOADED, DYNAMIC] = [56, 1, 2];
const [ENTRY, END, STRINGS, SONAME] = [16, 0, 5, 14];
/** No library exceeds these limits. They prevent a damaged file from making the reader allocate gigabytes. */
const [MOST_SEGMENTS, MOST_DYNAMIC, LONGEST_NAME] = [256, 1 << 16, 256];

/** Returns undefined if the file is not an ELF file. Chapters 4 and 5 of the System V ABI define the layout. */
export async function readElf(file: FileHandle): Promise<Elf | undefined> {
  const at = async (offset: number, length: number): Promise<Buffer> => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  };
  const head = await at(0, HEADER);
  if (head.length < HEADER || head.subarray(0, 4).toString('latin1') !== '\x7fELF') return undefined;
  const littleEndian = head[5] === 1;
  const number = littleEndian ? head.readUInt16LE(18) : head.readUInt16BE(18);
  const machine = MACHINES[number] ?? `machine ${number}`;
  const unshared = { shared: false, machine };
  if (head[4] !== 2 || !littleEndian || head.readUInt16LE(16) !== 3) return unshared;

  const segments = Math.min(head.readUInt16LE(56), MOST_SEGMENTS);
  const table = await at(Number(head.readBigUInt64LE(32)), segments * SEGMENT);
  const rows = Array.from({ length: Math.floor(table.length / SEGMENT) }, (_, i) => {
    const row = table.subarray(i * SEGMENT, (i + 1) * SEGMENT);
    const word = (offset: number): number => Number(row.readBigUInt64LE(offset));
    return { type: row.readUInt32LE(0), offset: word(8), address: word(16), size: word(32) };
  });
  const dynamic = rows.find(({ type }) => type === DYNAMIC);
  const { size: length } = await file.stat();
  if (!dynamic || rows.some(({ type, offset, size }) => type === LOADED && offset + size > length))
    return unshared;
  const tags = tagsOf(await at(dynamic.offset, Math.min(dynamic.size, MOST_DYNAMIC)));
  const [strings, name] = [tags?.get(STRINGS), tags?.get(SONAME)];
  if (strings === undefined) return unshared;
  if (name === undefined) return { shared: true, machine };
  const holds = rows.find(
    ({ type, address, size }) => type === LOADED && strings >= address && strings < address + size,
  );
  if (!holds) return unshared;
  const text = await at(strings - holds.address + holds.offset + name, LONGEST_NAME);
  const end = text.indexOf(0);
  return end < 0 ? unshared : { shared: true, machine, soname: text.subarray(0, end).toString('latin1') };
}

/** The values of a dynamic section by tag; undefined when the section has no end mark. */
function tagsOf(section: Buffer): ReadonlyMap<number, number> | undefined {
  const tags = new Map<number, number>();
  for (let at = 0; at + ENTRY <= section.length; at += ENTRY) {
    const tag = Number(section.readBigInt64LE(at));
    if (tag === END) return tags;
    tags.set(tag, Number(section.readBigUInt64LE(at + 8)));
  }
  return undefined;
}

/**
 * `node allocation.js MODEL TOKENS`: the memory that one run of an encoder adds to a session at its worst, printed
 * in bytes. Linux alone: what the kernel counts as this process's own pages, weights mapped from files left out. The
 * session has no arena, so that memory is asked for when it is needed; the caller tells malloc to give it back at once.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { document } from './models.ts';

const pages = (name: string): number =>
  1024 * Number(new RegExp(`${name}:\\s*(\\d+)`).exec(readFileSync('/proc/self/status', 'utf8'))![1]);

const [model, tokens] = process.argv.slice(2);
const session = await InferenceSession.create(model!, {
  logSeverityLevel: 3,
  enableCpuMemArena: false,
  enableMemPattern: false,
});
await session.run(document(16));
const feeds = document(Number(tokens));
// Forgets the most there ever was: loading takes more than it leaves.
writeFileSync('/proc/self/clear_refs', '5');
const before = pages('RssAnon');
await session.run(feeds);
console.log(pages('VmHWM') - pages('RssFile') - before);

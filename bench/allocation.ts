/**
 * `node allocation.js MODEL TOKENS` prints the peak memory, in bytes, that one run of an encoder adds to a session. It
 * works only on Linux, where the kernel counts the anonymous pages of the process, without weights mapped from files.
 * The session has no arena, so memory is allocated only when it is needed. The caller makes malloc return freed memory
 * at once.
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
// Resets the kernel's peak, because loading briefly needs more memory than it leaves allocated.
writeFileSync('/proc/self/clear_refs', '5');
const before = pages('RssAnon');
await session.run(feeds);
console.log(pages('VmHWM') - pages('RssFile') - before);

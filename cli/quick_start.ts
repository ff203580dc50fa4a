/**
 * Tunes V8 for a process that runs for half a second. This file is imported before all others and changes no result.
 *
 * Node 20 spends a third of the time of `benben report` on optimising functions that run for only some milliseconds more.
 * The flag makes V8 wait until a function has run fifteen times as long. Later releases of V8 have no such flag, and
 * need it less. Node 22.8 and later keep compiled code between runs instead, in the system's folder for temporary files
 * (NODE_DISABLE_COMPILE_CACHE=1 turns this cache off).
 */
import module from 'node:module';
import { setFlagsFromString } from 'node:v8';

/** Node has this function since 22.8, but the installed types are those of Node 20. */
interface Caching {
  readonly enableCompileCache?: () => unknown;
}

if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=1000000');
else (module as Caching).enableCompileCache?.();

/**
 * Tunes V8 for a process that runs for half a second. This file is imported before all others and changes no result.
 *
 * Node 20 spends a third of the time of `benben report` on optimising functions that run for only some milliseconds more.
 * The flag makes it wait until a function has run fifteen times as long. Later releases of V8 have no such flag and need it
 * less; Node 22.8 and later keep compiled code between runs instead (NODE_DISABLE_COMPILE_CACHE=1 turns that off).
 *
 * Node runs what it finds in the folder of kept code, and its own choice is a folder for temporary files, which another
 * user may have filled. Therefore the code is kept in a folder of this user, which nobody else can write. Without such a
 * folder, no code is kept.
 */
import module from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { privateFolder } from './code_folder.ts';

/** Node has this function since 22.8, but the installed types are those of Node 20. */
interface Caching {
  readonly enableCompileCache?: (folder: string) => unknown;
}

if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=1000000');
else {
  const { enableCompileCache } = module as Caching;
  const folder = enableCompileCache && privateFolder(process.env);
  if (folder !== undefined) enableCompileCache?.(folder);
}

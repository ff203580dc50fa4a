/**
 * Sets V8 up for a process of half a second, before anything else is loaded; results are the same without.
 *
 * Node 20 optimises functions that will run for some milliseconds more, which takes a third of the time of
 * `benben report`: here it waits until they are fifteen times as hot. Later releases of V8 have no such flag and less
 * need of it; Node 22 and later keep compiled code between runs instead (in the system's folder for temporary files;
 * NODE_DISABLE_COMPILE_CACHE=1 turns that off).
 */
import module from 'node:module';
import { setFlagsFromString } from 'node:v8';

/** From Node 22.8 on; types are those of Node 20. */
interface Caching {
  readonly enableCompileCache?: () => unknown;
}

if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=1000000');
else (module as Caching).enableCompileCache?.();

#!/usr/bin/env node
/** The executable `benben`. The other files in its folder contain the code, and are loaded with V8's cached code. */
import './quick_start.ts';
import { part } from './kept_code.ts';

const argv = process.argv.slice(2);

// Starting the session's thread takes as long as parsing the command line, so the thread is started first.
if (argv[0] === 'run' && argv.some((word) => /\.onnx$/i.test(word)))
  (part('session_thread.cjs') as typeof import('../runtime/session_thread.ts')).prepareSession();
await (part('process.cjs') as typeof import('./process.ts')).begin(argv);

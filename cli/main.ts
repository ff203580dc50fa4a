#!/usr/bin/env node
/** The file that `benben` names. What it does is in parts beside it, loaded with the code that was kept of them. */
import './quick_start.ts';
import { part } from './kept_code.ts';

const argv = process.argv.slice(2);

// A thread takes as long to start as the command line does to be read: beside it, then.
if (argv[0] === 'run' && argv.some((word) => /\.onnx$/i.test(word)))
  (part('session_thread.cjs') as typeof import('../runtime/session_thread.ts')).prepareSession();
await (part('process.cjs') as typeof import('./process.ts')).begin(argv);

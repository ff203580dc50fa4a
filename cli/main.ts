#!/usr/bin/env node
/** The command's process: everything that it does is in app.ts, which tests call without one. */
import './quick_start.ts';

const argv = process.argv.slice(2);

// Imported later than the line above in fact: what is imported by name is read first, wherever it stands.
// A thread takes as long to start as the command line does to be read: beside it, then.
if (argv[0] === 'run' && argv.some((word) => /\.onnx$/i.test(word)))
  void import('../runtime/session_thread.ts').then(({ prepareSession }) => prepareSession());
const { crash, main } = await import('./app.ts');
const { processIo } = await import('./io.ts');

const io = processIo();
// What is thrown where nobody awaits is an internal error too.
process.on('uncaughtException', (error) => process.exit(crash(error, argv, io)));
process.exitCode = await main(argv, io);

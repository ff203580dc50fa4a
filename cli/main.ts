#!/usr/bin/env node
/** The command's process: everything that it does is in app.ts, which tests call without one. */
import './quick_start.ts';

// Later than the line above in fact: what is imported by name is read first, wherever it stands.
const { crash, main } = await import('./app.ts');
const { processIo } = await import('./io.ts');

const [argv, io] = [process.argv.slice(2), processIo()];
// What is thrown where nobody awaits is an internal error too.
process.on('uncaughtException', (error) => process.exit(crash(error, argv, io)));
process.exitCode = await main(argv, io);

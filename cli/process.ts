/** The command's process: everything that it does is in app.ts, which tests call without one. */
import { crash, main } from './app.ts';
import { processIo } from './io.ts';

export { main };

export async function begin(argv: readonly string[]): Promise<void> {
  const io = processIo();
  // What is thrown where nobody awaits is an internal error too.
  process.on('uncaughtException', (error) => process.exit(crash(error, argv, io)));
  process.exitCode = await main(argv, io);
}

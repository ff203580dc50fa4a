/** Runs the command line in this process. The code is in app.ts, which tests call without starting a process. */
import { crash, main } from './app.ts';
import { processIo } from './io.ts';

export { main };

export async function begin(argv: readonly string[]): Promise<void> {
  const io = processIo();
  // An exception outside of any awaited promise is an internal error too.
  process.on('uncaughtException', (error) => process.exit(crash(error, argv, io)));
  process.exitCode = await main(argv, io);
}

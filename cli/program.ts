/** The table of commands as a commander program. */
import { Command, Option } from 'commander';
import { VERSION } from '../pipeline/constants.ts';
import { table, wrap } from '../report/view/table.ts';
import type { CommandRow } from './command.ts';
import { COMMON } from './commands.ts';
import { EXIT } from './faults.ts';
import { type Io, wantsColor, widthOf } from './io.ts';
import { type Flags, flagsOf, type OptionRow } from './options.ts';

export type Invoke = (row: CommandRow, args: readonly string[], flags: Flags) => Promise<void>;

export function buildProgram(rows: readonly CommandRow[], io: Io, invoke: Invoke): Command {
  const program = new Command('benben');
  program
    .description('Compiles a small language for long-document Transformers into ONNX, and runs it.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .usage('COMMAND [FILE] [options]')
    .addHelpText('after', '\nThe documentation is in docs/; begin with README.md and docs/cli.md.')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => write(text),
      getOutHelpWidth: () => widthOf(io.stdout),
      getErrHelpWidth: () => widthOf(io.stderr),
      getOutHasColors: () => wantsColor(io.stdout, io.env),
      getErrHasColors: () => wantsColor(io.stderr, io.env),
    });
  for (const row of rows) addCommand(program, row, io, invoke);
  return program;
}

function addCommand(program: Command, row: CommandRow, io: Io, invoke: Invoke): void {
  const command = program
    .command(row.name)
    .summary(row.summary)
    .description(row.about ?? row.summary);
  for (const [name, about] of row.args) command.argument(name, about);
  for (const option of [...row.options, ...COMMON].map(optionOf)) {
    command.addOption(option);
    refuseTwice(command, option);
  }
  command.addHelpText('after', () => `\nExamples:\n${examplesOf(row, widthOf(io.stdout))}`);
  command.showHelpAfterError(`(benben ${row.name} --help tells more)`);
  command.action(async () => {
    // Variadic arguments come as one list; a command sees all of them flat.
    const args = command.processedArgs.flat().filter((arg): arg is string => typeof arg === 'string');
    await invoke(row, args, flagsOf(command.opts()));
  });
}

/** Beside each other where there is room, else what each does above it. */
function examplesOf({ examples }: CommandRow, columns: number): string {
  const beside = table(
    examples.map(([line, why]) => [line, `# ${why}`]),
    { indent: '  ' },
  );
  if (beside.split('\n').every((line) => [...line].length <= columns)) return beside;
  return examples.map(([line, why]) => `${wrap(`# ${why}`, columns, '  ')}\n  ${line}`).join('\n');
}

/** Of two values only one could be followed. */
function refuseTwice(command: Command, option: Option): void {
  if (!option.required && !option.optional) return;
  let given = false;
  command.on(`option:${option.name()}`, () => {
    if (given) command.error(`error: option '${option.flags}' is given twice`);
    given = true;
  });
}

function optionOf({ flags, about, choices, parse }: OptionRow): Option {
  const option = new Option(flags, about);
  // `--no-NAME <value>` is an option of that name, not the opposite of `--NAME`.
  if (option.required) option.negate = false;
  if (choices) option.choices([...choices]);
  if (parse) option.argParser(parse);
  return option;
}

/** commander ends help and `--version` with 0, mistakes in the command line with 1. */
export const exitCodeOf = (exitCode: number): number => (exitCode === 0 ? EXIT.done : EXIT.usage);

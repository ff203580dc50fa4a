/** Builds a commander program from the table of commands. */
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
    .addHelpText('after', '\nThe documentation is in docs/. Begin with README.md and docs/cli.md.')
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
  command.showHelpAfterError(`(run \`benben ${row.name} --help\` for more)`);
  command.action(async () => {
    // commander passes variadic arguments as a nested list; commands get a flat one.
    const args = command.processedArgs.flat().filter((arg): arg is string => typeof arg === 'string');
    await invoke(row, args, flagsOf(command.opts()));
  });
}

/** Puts each explanation next to its example, or above the example if the lines would be too long. */
function examplesOf({ examples }: CommandRow, columns: number): string {
  const beside = table(
    examples.map(([line, why]) => [line, `# ${why}`]),
    { indent: '  ' },
  );
  if (beside.split('\n').every((line) => [...line].length <= columns)) return beside;
  return examples.map(([line, why]) => `${wrap(`# ${why}`, columns, '  ')}\n  ${line}`).join('\n');
}

/** Refuses an option that takes a value and is given twice, because only one of the values could be used. */
function refuseTwice(command: Command, option: Option): void {
  if (!option.required && !option.optional) return;
  let given = false;
  command.on(`option:${option.name()}`, () => {
    if (given) command.error(`error: option '${option.flags}' is given twice, but takes only one value`);
    given = true;
  });
}

function optionOf({ flags, about, choices, parse }: OptionRow): Option {
  const option = new Option(flags, about);
  // commander reads any `--no-NAME` as the negation of `--NAME`; with a value it is an ordinary option.
  if (option.required) option.negate = false;
  if (choices) option.choices([...choices]);
  if (parse) option.argParser(parse);
  return option;
}

/** Translates commander's exit codes: 0 after help and `--version`, 1 for a wrong command line. */
export const exitCodeOf = (exitCode: number): number => (exitCode === 0 ? EXIT.done : EXIT.usage);

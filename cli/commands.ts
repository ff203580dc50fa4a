/**
 * The table of commands: arguments, options, help, and where the code is. The code is imported when a command
 * runs, so `benben fmt` never waits for ONNX Runtime; the tables of choices import nothing heavy.
 */
import { TARGETS } from '../passes/pass.ts';
import { ENTRY_NAMES } from '../pipeline/entry_ports.ts';
import { DEVICE_NAMES, DEVICES } from '../runtime/devices.ts';
import { BENCH } from './bench_row.ts';
import type { CommandRow } from './command.ts';
import { finite, fromZero, type OptionRow, whole } from './options.ts';
import { REPORT_OPTIONS } from './report_options.ts';
import { MODEL, PRECISION, SEARCH, TOKENIZER, WEIGHTS } from './shared_options.ts';

/** The options that every command has. */
export const COMMON: readonly OptionRow[] = [
  { flags: '--json', about: 'print one JSON value on stdout, also for errors' },
  { flags: '-q, --quiet', about: 'print only results, warnings and errors' },
];

const FILE = ['<file>', 'a .ben file, or - for standard input'] as const;

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'compile',
    summary: 'write a model as ONNX',
    about: 'Writes NAME.onnx, and its weights as NAME.onnx.data in the same folder.',
    args: [FILE],
    options: [
      MODEL,
      { flags: '-o, --output <file>', about: 'where to write (default: MODEL.onnx in this folder)' },
      {
        flags: '-e, --entry <name>',
        about: 'what the graph computes (default: generate, or encode without a decoder)',
        choices: ENTRY_NAMES,
      },
      {
        flags: '-t, --target <name>',
        about: 'the kind of device that it will run on (default: cpu)',
        choices: TARGETS,
      },
      ...WEIGHTS,
      TOKENIZER,
      PRECISION,
      {
        flags: '--calibrate <file>',
        about: 'the text to measure the error of fp16, int8 and int4 on (default: a short built-in text)',
      },
      {
        flags: '--max-error <x>',
        about: 'refuse a model whose largest error is above this',
        parse: fromZero,
      },
      { flags: '--no-error-report', about: 'do not measure the error of fp16, int8 and int4' },
      { flags: '--single-file', about: 'put the weights into the .onnx file (up to 2 GiB)' },
      {
        flags: '--inline',
        about: 'expand the ai.benben functions, for runtimes without model-local functions',
      },
      {
        flags: '--compat <name>',
        about: 'pad as the paper’s published code does, for weights trained with it',
        choices: ['paper'],
      },
      ...SEARCH,
      {
        flags: '--print-ir [pass]',
        about:
          'print the graph after this pass (default: the last; "lower": before any pass) and write nothing; comes after the file',
      },
    ],
    examples: [
      ['benben compile model.ben -o model.onnx', 'with random weights from seed 0'],
      ['benben compile model.ben --weights model.safetensors', 'with trained weights'],
      ['benben compile model.ben --precision int8', 'smaller and faster; the error is measured'],
      ['benben compile model.ben --entry encode --print-ir lower', 'print the graph, write nothing'],
    ],
    load: () => import('./compile.ts'),
  },
  {
    name: 'run',
    summary: 'read a document and print what the model writes',
    about:
      'Compiles a .ben file into a temporary folder, or opens an .onnx file, and runs it on a document. ' +
      'The text goes to stdout; times, and the words that the encoder kept, go to stderr.',
    args: [['<file>', 'a .ben or .onnx file, or - for a .ben text on standard input']],
    options: [
      { flags: '-i, --input <file>', about: 'the document: a text file, or - for standard input' },
      MODEL,
      ...WEIGHTS,
      TOKENIZER,
      {
        flags: '-d, --device <name>',
        about: 'the device to run on (default: auto)',
        choices: DEVICE_NAMES,
      },
      PRECISION,
      {
        flags: '--max <tokens>',
        about: 'write at most this many (default: the model’s target, or 64 with random weights)',
        parse: whole(0),
      },
      { flags: '--min <tokens>', about: 'write at least this many (default: 0)', parse: whole(0) },
      {
        flags: '--length-penalty <x>',
        about: 'divide the score by the length to this power (default: 1)',
        parse: finite,
      },
      {
        flags: '--long <what>',
        about: 'cut a document longer than the model reads, with a warning (default), or refuse it',
        choices: ['cut', 'refuse'],
      },
      ...SEARCH,
      { flags: '--stream', about: 'print the text while it is generated; for .ben files' },
    ],
    examples: [
      ['benben run model.ben --input document.txt', 'compile and run'],
      ['benben run model.onnx --input - < document.txt', 'run a compiled model'],
      [
        'benben run model.ben --input document.txt --beam 4 --stream',
        'search with four beams, print word by word',
      ],
      ['benben run model.ben --input document.txt --json', 'print text, kept words and times as JSON'],
    ],
    load: () => import('./run.ts'),
  },
  {
    name: 'check',
    summary: 'find mistakes in .ben and .onnx files, and broken budgets; for editors and CI',
    about:
      'Reports mistakes in .ben files, broken budgets, and mistakes in .onnx files of any producer. Exits with 1 for a ' +
      'mistake or a broken budget.',
    args: [['<files...>', '.ben and .onnx files, patterns of them, or - for a .ben text on standard input']],
    options: [
      {
        flags: '-f, --format <name>',
        about: 'how to print the diagnostics (default: text)',
        choices: ['text', 'json', 'github', 'sarif'],
      },
      { flags: '--strict', about: 'exit with 1 for warnings too' },
      { flags: '--budgets', about: 'list every budget with its value' },
      {
        flags: '-d, --device <name>',
        about: 'for .onnx files: also warn of nodes that have no kernel on this device',
        choices: DEVICES.map(({ name }) => name),
      },
      {
        flags: '--source <file>',
        about: 'check that .onnx files were compiled from this .ben file',
      },
    ],
    examples: [
      ['benben check model.ben', 'print diagnostics for people'],
      ['benben check model.ben --budgets', 'also list the value of each budget'],
      ["benben check 'models/*.onnx' --device webgpu", 'check ONNX models of any producer'],
      ['benben check model.onnx --source model.ben', 'was it compiled from this source?'],
      ['benben check model.ben --strict --format github', 'for a GitHub workflow'],
    ],
    load: () => import('./check.ts'),
  },
  {
    name: 'report',
    summary: 'report what models cost, without running them',
    about:
      'Counts the multiplications, parameters and bytes of every model in the files exactly, by layer and part, ' +
      'and prints formulas in n (tokens in a document), t (tokens in an output) and B (documents in a batch).',
    args: [['<files...>', '.ben files, patterns of them, or - for standard input']],
    options: REPORT_OPTIONS,
    examples: [
      ['benben report model.ben', 'compare all models of a file'],
      ['benben report deep-pyramidion.ben --against Blockwise', 'how much is saved'],
      ['benben report model.ben --sweep n=1k..64k', 'how costs grow with the document'],
      ['benben report model.ben --markdown --model Tiny', 'for a pull request'],
      ['benben report model.ben --html report.html', 'with figures, for a browser'],
    ],
    load: () => import('./report.ts'),
  },
  BENCH,
  {
    name: 'fmt',
    summary: 'format .ben files in the standard layout',
    about: 'Rewrites .ben files in the standard layout and prints the names of those that changed.',
    args: [['<files...>', '.ben files, patterns of them, or - to format standard input to standard output']],
    options: [{ flags: '--check', about: 'change nothing; exit with 1 when a file would change' }],
    examples: [
      ['benben fmt model.ben', 'rewrite the file'],
      ['benben fmt - < model.ben', 'print the formatted text'],
    ],
    load: () => import('./fmt.ts'),
  },
  {
    name: 'explain',
    summary: 'explain a diagnostic code',
    about:
      'Prints the cause and the remedy of a diagnostic code, with an example. Without a code, lists all codes.',
    args: [['[code]', 'such as D205']],
    options: [],
    examples: [
      ['benben explain D205', 'explain this code'],
      ['benben explain', 'list all codes'],
    ],
    load: () => import('./explain.ts'),
  },
  {
    name: 'inspect',
    summary: 'describe an .onnx file of any producer',
    args: [['<file>', 'an .onnx file']],
    options: [
      {
        flags: '-d, --device <name>',
        about: 'list the nodes that have no kernel on this device, without loading anything',
        choices: DEVICES.map(({ name }) => name),
      },
    ],
    examples: [
      ['benben inspect model.onnx', 'inputs, outputs, functions, operators and sizes'],
      ['benben inspect model.onnx --device webgpu', 'also the nodes that would run on the CPU'],
    ],
    load: () => import('./inspect.ts'),
  },
  {
    name: 'diff',
    summary: 'show what changed between two models or artifacts',
    about:
      'Compares the models of two .ben files by name, or two .onnx files, in structure and in cost. To compare an ' +
      'artifact of Benben with a .ben file, the source inside the artifact is used.',
    args: [
      ['<before>', 'a .ben or .onnx file, or - for standard input'],
      ['<after>', 'the file to compare it with'],
    ],
    options: [
      { flags: '-m, --model <name>', about: 'compare only this model (default: all)' },
      { flags: '--markdown', about: 'print Markdown, for a pull request' },
    ],
    examples: [
      ['benben diff main.ben mine.ben', 'compare fields, budgets and costs'],
      ['git show main:model.ben | benben diff - model.ben --markdown', 'for a pull request'],
      ['benben diff old.onnx new.onnx', 'compare inputs, outputs, weights and every node'],
    ],
    load: () => import('./diff.ts'),
  },
  {
    name: 'types',
    summary: 'write TypeScript bindings for the models of a file',
    about:
      'Writes TypeScript with the inputs and outputs of each entry of each model, and a typed function ' +
      'that loads it. An output file that ends in .d.ts gets only the types.',
    args: [FILE],
    options: [{ flags: '-o, --output <file>', about: 'where to write (default: standard output)' }],
    examples: [['benben types model.ben -o model.ts', 'then import { loadTiny } from "./model.ts"']],
    load: () => import('./types.ts'),
  },
  {
    name: 'doctor',
    summary: 'check whether this machine can compile and run models',
    about: 'Compiles a tiny model, runs it on every device that is installed, and checks the numbers.',
    args: [],
    options: [
      {
        flags: '--install-cuda',
        about: 'first download ONNX Runtime’s CUDA libraries (some 300 MB, from NuGet)',
      },
      {
        flags: '--from <folder>',
        about: 'with --install-cuda: copy the libraries from this folder instead of downloading them',
      },
    ],
    examples: [
      ['benben doctor', 'check, change nothing'],
      ['benben doctor --install-cuda --from onnxruntime-linux-x64-gpu/lib', 'install without the network'],
    ],
    load: () => import('./doctor.ts'),
  },
  {
    name: 'replay',
    summary: 'run the reproducer of a failed pass again',
    about: 'Runs the passes that a reproducer names on the graph in it. A failing pass writes a reproducer.',
    args: [['<file>', 'a reproducer, or - for standard input']],
    options: [],
    examples: [['benben replay reproducer.ir', 'fails as before, or reports that it no longer does']],
    load: () => import('./replay.ts'),
  },
];

/**
 * Every command, as data: what it takes, what it says about itself, and where its code is. The code
 * is imported when the command runs, so `benben fmt` never waits for ONNX Runtime; choices come from
 * tables that import nothing heavy.
 */
import { TARGETS } from '../passes/pass.ts';
import { ENTRY_NAMES } from '../pipeline/entry_ports.ts';
import { DEVICE_NAMES, DEVICES } from '../runtime/devices.ts';
import { BENCH } from './bench_row.ts';
import type { CommandRow } from './command.ts';
import { finite, fromZero, type OptionRow, whole } from './options.ts';
import { REPORT_OPTIONS } from './report_options.ts';
import { MODEL, PRECISION, SEARCH, TOKENIZER, WEIGHTS } from './shared_options.ts';

/** What every command has. */
export const COMMON: readonly OptionRow[] = [
  { flags: '--json', about: 'print one JSON value on stdout, errors included' },
  { flags: '-q, --quiet', about: 'say nothing but results, warnings and errors' },
];

const FILE = ['<file>', 'a .ben file, or - for standard input'] as const;

export const COMMANDS: readonly CommandRow[] = [
  {
    name: 'compile',
    summary: 'write a model as ONNX',
    about: 'Writes NAME.onnx, and its weights to NAME.onnx.data beside it.',
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
        about: 'what it will run on (default: cpu)',
        choices: TARGETS,
      },
      ...WEIGHTS,
      TOKENIZER,
      PRECISION,
      {
        flags: '--calibrate <file>',
        about: 'a text to measure the error of fp16, int8 and int4 on (default: a short one of ours)',
      },
      {
        flags: '--max-error <x>',
        about: 'refuse a model whose largest error is above this',
        parse: fromZero,
      },
      { flags: '--no-error-report', about: 'do not measure the error of fp16, int8 and int4' },
      { flags: '--single-file', about: 'put the weights into the .onnx file (up to 2 GiB)' },
      { flags: '--inline', about: 'expand the ai.benben functions, for runtimes that have none' },
      {
        flags: '--compat <name>',
        about: 'reproduce the padding of published code, for weights trained with it',
        choices: ['paper'],
      },
      ...SEARCH,
      {
        flags: '--print-ir [pass]',
        about:
          'print the graph and write nothing: as it is after a pass, "lower" before any (default: the last); comes after the file, and takes no -o',
      },
    ],
    examples: [
      ['benben compile model.ben -o model.onnx', 'random weights from seed 0'],
      ['benben compile model.ben --weights model.safetensors', 'trained ones'],
      ['benben compile model.ben --precision int8', 'smaller and faster, and by how much off'],
      ['benben compile model.ben --entry encode --print-ir lower', 'look at the graph, write nothing'],
    ],
    load: () => import('./compile.ts'),
  },
  {
    name: 'run',
    summary: 'read a document and print what the model writes',
    about:
      'Compiles a .ben file into a temporary folder, or opens an .onnx file, and runs it on a document. ' +
      'The text goes to stdout; how it went, and what the encoder kept, to stderr.',
    args: [['<file>', 'a .ben or .onnx file, or - for a .ben text on standard input']],
    options: [
      { flags: '-i, --input <file>', about: 'the document: a text file, or - for standard input' },
      MODEL,
      ...WEIGHTS,
      TOKENIZER,
      {
        flags: '-d, --device <name>',
        about: 'what computes (default: auto)',
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
        about: 'exponent of the length in the score (default: 1)',
        parse: finite,
      },
      {
        flags: '--long <what>',
        about: 'a document longer than the model reads: cut it with a warning (default), or refuse',
        choices: ['cut', 'refuse'],
      },
      ...SEARCH,
      { flags: '--stream', about: 'print the text as it is made; for .ben files' },
    ],
    examples: [
      ['benben run model.ben --input document.txt', 'compile and run'],
      ['benben run model.onnx --input - < document.txt', 'run what was compiled'],
      ['benben run model.ben --input document.txt --beam 4 --stream', 'a search of four beams, word by word'],
      ['benben run model.ben --input document.txt --json', 'text, kept words and times as JSON'],
    ],
    load: () => import('./run.ts'),
  },
  {
    name: 'check',
    summary: 'tell what is wrong with .ben and .onnx files, and broken budgets; for editors and CI',
    about:
      'Tells what is wrong with .ben files and their budgets, and with .onnx files of any make. Exits with 1 for a ' +
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
        about: 'of .onnx files: also warn of nodes that have no kernel there',
        choices: DEVICES.map(({ name }) => name),
      },
      {
        flags: '--source <file>',
        about: 'tell whether .onnx files are compiled from this .ben file',
      },
    ],
    examples: [
      ['benben check model.ben', 'for people'],
      ['benben check model.ben --budgets', 'and what each budget is at'],
      ["benben check 'models/*.onnx' --device webgpu", 'artifacts, and models of any other make'],
      ['benben check model.onnx --source model.ben', 'is it really compiled from that?'],
      ['benben check model.ben --strict --format github', 'in a GitHub workflow'],
    ],
    load: () => import('./check.ts'),
  },
  {
    name: 'report',
    summary: 'tell what models cost, before anything runs',
    about:
      'Counts the multiplications, parameters and bytes of every model of the files, exactly, by layer and part, ' +
      'and gives them as formulas in n (tokens of a document), t (of an output) and B (documents at once).',
    args: [['<files...>', '.ben files, patterns of them, or - for standard input']],
    options: REPORT_OPTIONS,
    examples: [
      ['benben report model.ben', 'all models of a file, beside each other'],
      ['benben report deep-pyramidion.ben --against Blockwise', 'how much is saved'],
      ['benben report model.ben --sweep n=1k..64k', 'how it grows with the document'],
      ['benben report model.ben --markdown --model Tiny', 'for a pull request'],
      ['benben report model.ben --html report.html', 'with figures, for a browser'],
    ],
    load: () => import('./report.ts'),
  },
  BENCH,
  {
    name: 'fmt',
    summary: 'lay out .ben files the one way',
    about: 'Rewrites .ben files in the standard layout and prints the names of those that changed.',
    args: [['<files...>', '.ben files, patterns of them, or - to format standard input to standard output']],
    options: [{ flags: '--check', about: 'change nothing; exit with 1 when a file would change' }],
    examples: [
      ['benben fmt model.ben', 'rewrite'],
      ['benben fmt - < model.ben', 'print'],
    ],
    load: () => import('./fmt.ts'),
  },
  {
    name: 'explain',
    summary: 'tell more about a diagnostic code',
    about:
      'Tells the cause and the remedy of a diagnostic code, with an example. Without a code: lists them.',
    args: [['[code]', 'such as D205']],
    options: [],
    examples: [
      ['benben explain D205', 'one of them'],
      ['benben explain', 'all of them, a line each'],
    ],
    load: () => import('./explain.ts'),
  },
  {
    name: 'inspect',
    summary: 'tell what is in an .onnx file, of any make',
    args: [['<file>', 'an .onnx file']],
    options: [
      {
        flags: '-d, --device <name>',
        about: 'list the nodes that have no kernel there, without loading anything',
        choices: DEVICES.map(({ name }) => name),
      },
    ],
    examples: [
      ['benben inspect model.onnx', 'inputs, outputs, functions, operators, sizes'],
      ['benben inspect model.onnx --device webgpu', 'and what would run on the CPU there'],
    ],
    load: () => import('./inspect.ts'),
  },
  {
    name: 'diff',
    summary: 'tell what changed between two models or artifacts',
    about:
      'Compares the models of two .ben files by name, or two .onnx files, in structure and in cost. An artifact of ' +
      'Benben is compared with a .ben file by the source that it carries.',
    args: [
      ['<before>', 'a .ben or .onnx file, or - for standard input'],
      ['<after>', 'another'],
    ],
    options: [
      { flags: '-m, --model <name>', about: 'this model alone (default: all of them)' },
      { flags: '--markdown', about: 'as Markdown, for a pull request' },
    ],
    examples: [
      ['benben diff main.ben mine.ben', 'fields, budgets, multiplications'],
      ['git show main:model.ben | benben diff - model.ben --markdown', 'for a pull request'],
      ['benben diff old.onnx new.onnx', 'inputs, outputs, weights, every node'],
    ],
    load: () => import('./diff.ts'),
  },
  {
    name: 'types',
    summary: 'write TypeScript bindings for the models of a file',
    about:
      'Writes TypeScript with the inputs and outputs of each entry of each model, and a typed function ' +
      'that loads it. For an output that ends in .d.ts: the types alone.',
    args: [FILE],
    options: [{ flags: '-o, --output <file>', about: 'where to write (default: standard output)' }],
    examples: [['benben types model.ben -o model.ts', 'then: import { loadTiny } from "./model.ts"']],
    load: () => import('./types.ts'),
  },
  {
    name: 'doctor',
    summary: 'tell whether this machine can compile and run models',
    about: 'Compiles a tiny model, runs it on every device that is installed, and checks the numbers.',
    args: [],
    options: [
      {
        flags: '--install-cuda',
        about: 'first download ONNX Runtime’s CUDA libraries (some 300 MB, from NuGet)',
      },
      {
        flags: '--from <folder>',
        about: 'with --install-cuda: take them from this folder, download nothing',
      },
    ],
    examples: [
      ['benben doctor', 'look, change nothing'],
      ['benben doctor --install-cuda --from onnxruntime-linux-x64-gpu/lib', 'without the network'],
    ],
    load: () => import('./doctor.ts'),
  },
  {
    name: 'replay',
    summary: 'run the reproducer of a failed pass again',
    about: 'Runs the passes of a reproducer, which a failing pass writes, on the graph in it.',
    args: [['<file>', 'a reproducer, or - for standard input']],
    options: [],
    examples: [
      ['benben replay reproducer.ir', 'fails as the compilation did, or says that it no longer does'],
    ],
    load: () => import('./replay.ts'),
  },
];

/**
 * TypeScript for the models of a file: the names, types and shapes of what goes into each entry and
 * comes out of it, and a typed function that loads the model. Pure: Program → text.
 *
 * Built as a syntax tree by ts-morph rather than by pasting strings, so that what is written always
 * parses, whatever the models are called.
 */
import { basename } from 'node:path';
import {
  IndentationText,
  type InterfaceDeclarationStructure,
  type OptionalKind,
  Project,
  type PropertySignatureStructure,
  QuoteKind,
  type SourceFile,
  Writers,
} from 'ts-morph';
import { dimText } from '../compiler/ir/dim.ts';
import type { DType, Graph, Port } from '../compiler/ir/graph.ts';
import { ENTRIES, type Entry, lower, type SearchSettings } from '../compiler/model/index.ts';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import type { ModelSpec, Program } from '../dsl/spec.ts';

export interface BindingsOptions {
  /** The file that the models are in, for the head of the text. */
  readonly source: string;
  /** No functions: for a `.d.ts`. */
  readonly typesOnly?: boolean;
}

/** The names of `TensorData`'s members in the text that is written. */
const TYPES: Readonly<Record<DType, string>> = {
  f32: 'Float32',
  f16: 'TensorData',
  i64: 'Int64',
  bool: 'Bool',
  i8: 'TensorData',
  u8: 'TensorData',
};
/** A search of numbers that stand for themselves: where they show in a shape, these names belong. */
const WIDE: Partial<SearchSettings> = { beam: 61, returned: 59 };
const NAMED = [
  [/\b61\b/g, 'beam'],
  [/\b59\b/g, 'returned'],
] as const;

const MEMBERS = { Float32: 'float32', Int64: 'int64', Bool: 'bool' } as const;

export function bindings(program: Program, options: BindingsOptions): Outcome<string> {
  const project = new Project({
    useInMemoryFileSystem: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces, quoteKind: QuoteKind.Single },
  });
  const file = project.createSourceFile('bindings.ts');
  const diagnostics: Diagnostic[] = [];
  const typesOnly = options.typesOnly ?? false;
  // One line: a file's name may hold anything, the end of a comment too.
  const source = basename(options.source).replace(/[^\w.<> -]/g, '_');
  file.addStatements(
    `/** Typed bindings for the models of ${source}, written by \`benben types\`. Do not edit. */`,
  );
  addShared(file, typesOnly);
  const name = uniqueNames();
  for (const spec of program.models) {
    const entries = entriesOf(spec);
    diagnostics.push(...entries.diagnostics);
    if (!entries.value) continue;
    const base = name(spec.name);
    const wide = entriesOf(spec, WIDE);
    file.addInterface(describe(spec, base, entries.value, wide.value ?? entries.value));
    if (!typesOnly) addLoader(file, spec, base);
  }
  if (diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics };
  file.formatText({ indentSize: 2 });
  return { value: file.getFullText(), diagnostics };
}

/** `tiny` and `Tiny` may stand in one file; what is made of their names must differ. */
function uniqueNames(): (name: string) => string {
  const taken = new Set<string>();
  return (name) => {
    let unique = name.charAt(0).toUpperCase() + name.slice(1);
    while (taken.has(unique)) unique += '_';
    taken.add(unique);
    return unique;
  };
}

function entriesOf(
  spec: ModelSpec,
  search: Partial<SearchSettings> = {},
): Outcome<ReadonlyMap<Entry, Graph>> {
  const graphs = new Map<Entry, Graph>();
  for (const entry of Object.keys(ENTRIES) as Entry[]) {
    if (ENTRIES[entry].needsDecoder && !spec.decoder) continue;
    const lowered = lower(spec, { entry, ...search });
    if (!lowered.value) return { diagnostics: lowered.diagnostics };
    graphs.set(entry, lowered.value);
  }
  return { value: graphs, diagnostics: [] };
}

/** What all models share: imports, and short names for the tensors of each type. */
function addShared(file: SourceFile, typesOnly: boolean): void {
  const types = ['Model', 'RunOptions', 'TensorData', ...(typesOnly ? [] : ['LoadSourceOptions', 'Outcome'])];
  const functions = typesOnly ? [] : [{ name: 'load' }];
  file.addImportDeclaration({
    moduleSpecifier: 'benben',
    isTypeOnly: typesOnly,
    namedImports: [...functions, ...types.map((name) => ({ name, isTypeOnly: !typesOnly }))],
  });
  for (const [name, dtype] of Object.entries(MEMBERS)) {
    file.addTypeAlias({ name, isExported: true, type: `Extract<TensorData, { dtype: '${dtype}' }>` });
  }
  file.addInterface({
    name: 'Loaded',
    isExported: true,
    docs: ['A loaded model whose `run` takes and gives the tensors of one entry.'],
    typeParameters: [{ name: 'Entry', constraint: '{ inputs: object; outputs: object }' }],
    extends: ["Omit<Model, 'run'>"],
    methods: [
      {
        name: 'run',
        parameters: [
          { name: 'feeds', type: "Entry['inputs']" },
          { name: 'options', type: 'RunOptions', hasQuestionToken: true },
        ],
        returnType: "Promise<Entry['outputs']>",
      },
    ],
  });
}

function describe(
  spec: ModelSpec,
  base: string,
  entries: ReadonlyMap<Entry, Graph>,
  wide: ReadonlyMap<Entry, Graph>,
): OptionalKind<InterfaceDeclarationStructure> {
  const { encoder, decoder, width } = spec;
  const reads = `reads up to ${encoder.length} tokens into a memory of up to ${encoder.memory} × ${width}`;
  const writes = decoder ? `, writes up to ${decoder.target} tokens` : '';
  const search = decoder
    ? '\nIn shapes, `beam` and `returned` are what it was compiled with: 1 each where nothing else was asked for.'
    : '';
  const side = (entry: Entry, name: 'inputs' | 'outputs') => ({
    name,
    type: Writers.objectType({ properties: tensorsOf(entries.get(entry)!, wide.get(entry)!, name) }),
  });
  return {
    name: `${base}Entries`,
    isExported: true,
    docs: [`The entries of model ${spec.name}: ${reads}${writes}.${search}`],
    properties: [...entries.keys()].map((entry) => ({
      name: entry,
      docs: [ENTRIES[entry].doc],
      type: Writers.objectType({ properties: [side(entry, 'inputs'), side(entry, 'outputs')] }),
    })),
  };
}

const IDENTIFIER = /^[A-Za-z_]\w*$/;

/** The tensors of a side. What only a search of several beams has may be absent. */
function tensorsOf(
  graph: Graph,
  wide: Graph,
  side: 'inputs' | 'outputs',
): OptionalKind<PropertySignatureStructure>[] {
  const shapeOf = ({ id }: Port, { types }: Graph): string[] => types[id]!.shape.map(dimText);
  return wide[side].map((port) => {
    const { name, id } = port;
    const greedy = graph[side].find((one) => one.name === name);
    const narrow = greedy && shapeOf(greedy, graph);
    const dims = shapeOf(port, wide).map((dim, i) =>
      dim === narrow?.[i] ? dim : NAMED.reduce((text, [number, word]) => text.replace(number, word), dim),
    );
    return {
      name: IDENTIFIER.test(name) ? name : `'${name}'`,
      docs: [`[${dims.join(', ')}]${greedy ? '' : ', of a search with several beams'}`],
      type: TYPES[wide.types[id]!.dtype],
      hasQuestionToken: greedy === undefined,
    };
  });
}

function addLoader(file: SourceFile, spec: ModelSpec, base: string): void {
  const entry = spec.decoder ? 'generate' : 'encode';
  const loaded = `Loaded<${base}Entries[Entry]>`;
  file.addFunction({
    name: `load${base}`,
    isExported: true,
    isAsync: true,
    docs: [`Opens ${spec.name}, from a \`.ben\` or an \`.onnx\` file that must hold this model and entry.`],
    typeParameters: [{ name: 'Entry', constraint: `keyof ${base}Entries`, default: `'${entry}'` }],
    parameters: [
      { name: 'path', type: 'string' },
      { name: 'options', type: 'LoadSourceOptions & { readonly entry?: Entry }', initializer: '{}' },
    ],
    returnType: `Promise<Outcome<${loaded}>>`,
    statements: [
      `const { value, diagnostics } = await load(path, { ...options, model: '${spec.name}' });`,
      'if (!value) return { diagnostics };',
      `const wanted = options.entry ?? '${entry}';`,
      `if (value.info.model !== '${spec.name}' || value.info.entry !== wanted) {
  await value.close();
  const message = \`\${path} holds \${value.info.model} (\${value.info.entry}), not ${spec.name} (\${wanted})\`;
  return { diagnostics: [...diagnostics, { code: 'D554', severity: 'error', message, labels: [] }] };
}`,
      `return { value: value as ${loaded}, diagnostics };`,
    ],
  });
}

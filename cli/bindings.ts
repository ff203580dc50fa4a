/**
 * Writes TypeScript bindings for the models of a file: the names, types and shapes of each entry's inputs and
 * outputs, and a typed function that loads the model. A pure function from Program to text.
 *
 * ts-morph builds a syntax tree, so the output always parses, whatever the models are called.
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
import { defaultEntryOf, ENTRIES, type Entry, lower, type SearchSettings } from '../compiler/model/index.ts';
import type { Diagnostic, Outcome } from '../dsl/diagnostics.ts';
import type { ModelSpec, Program } from '../dsl/spec.ts';

export interface BindingsOptions {
  /** The file that the models are in, named in the first line of the output. */
  readonly source: string;
  /** Leaves out the functions, because a `.d.ts` file cannot contain them. */
  readonly typesOnly?: boolean;
}

/** The type that a binding gives to a tensor of each dtype. */
const TYPES: Readonly<Record<DType, string>> = {
  f32: 'Float32',
  f16: 'TensorData',
  i64: 'Int64',
  bool: 'Bool',
  i8: 'TensorData',
  u8: 'TensorData',
};
/**
 * Every model is lowered a second time with these settings. Where 61 or 59 then appears in a shape, the
 * bindings write `beam` or `returned`.
 */
const SEVERAL_BEAMS: Partial<SearchSettings> = { beam: 61, returned: 59 };
const SETTING_NAMES = [
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
  // A file's name may contain line ends and `*/`, which would end the comment.
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
    const wide = entriesOf(spec, SEVERAL_BEAMS);
    file.addInterface(describe(spec, base, entries.value, wide.value ?? entries.value));
    if (!typesOnly) addLoader(file, spec, base);
  }
  if (diagnostics.some(({ severity }) => severity === 'error')) return { diagnostics };
  file.formatText({ indentSize: 2 });
  return { value: file.getFullText(), diagnostics };
}

/** Starts each name with an upper-case letter and makes it unique, because a file may have models `tiny` and `Tiny`. */
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

/** Adds the parts that all models share: imports, and a type alias for the tensors of each dtype. */
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
    docs: ['A loaded model whose `run` takes and returns the tensors of one entry.'],
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
    ? '\nIn shapes, `beam` and `returned` are the numbers that the model was compiled with, 1 by default.'
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

/**
 * The properties for the inputs or the outputs. Tensors that exist only in a search with several beams are optional.
 */
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
      dim === narrow?.[i]
        ? dim
        : SETTING_NAMES.reduce((text, [number, word]) => text.replace(number, word), dim),
    );
    return {
      name: IDENTIFIER.test(name) ? name : `'${name}'`,
      docs: [`[${dims.join(', ')}]${greedy ? '' : ', only for a search with several beams'}`],
      type: TYPES[wide.types[id]!.dtype],
      hasQuestionToken: greedy === undefined,
    };
  });
}

function addLoader(file: SourceFile, spec: ModelSpec, base: string): void {
  const entry = defaultEntryOf(spec);
  const loaded = `Loaded<${base}Entries[Entry]>`;
  file.addFunction({
    name: `load${base}`,
    isExported: true,
    isAsync: true,
    docs: [
      `Opens ${spec.name}, from a \`.ben\` or an \`.onnx\` file that must contain this model and entry.`,
    ],
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
  const message = \`\${path} contains \${value.info.model} (\${value.info.entry}), not ${spec.name} (\${wanted})\`;
  return { diagnostics: [...diagnostics, { code: 'D554', severity: 'error', message, labels: [] }] };
}`,
      `return { value: value as ${loaded}, diagnostics };`,
    ],
  });
}

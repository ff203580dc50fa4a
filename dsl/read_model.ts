/**
 * Reads the statements of one model into settings. It checks that each field exists, is in the right block, is given
 * once, and has a value of the right form. Inheritance and defaults come later.
 */
import type { ModelNode, StatementNode } from './ast.ts';
import {
  DECODER_FIELDS,
  ENCODER_FIELDS,
  type FieldTable,
  LAYER_FIELDS,
  MODEL_FIELDS,
  SCOPES,
  type Scope,
} from './fields.ts';
import { otherField } from './other_fields.ts';
import { clip, problem } from './problem.ts';
import { readNumber } from './read_values.ts';
import { MAX_LAYERS } from './schedule.ts';
import type { DecoderFields, LayerSettings, ModelSettings, Reading, Sparse } from './settings.ts';
import { isForeign } from './tokens.ts';

interface Author extends Reading {
  readonly node: ModelNode;
}

export function readModel(node: ModelNode, reading: Reading): ModelSettings {
  const author: Author = { ...reading, node };
  const once = onlyOnce(node.body, 'model', author);
  const decoder = readDecoder(once.first.get('decoder'), author);
  return {
    node,
    fields: readFields(MODEL_FIELDS, once, author),
    ...readEncoder(once, author),
    ...(decoder !== undefined && { decoder }),
    open: node.broken,
  };
}

interface Once {
  /**
   * Statements by the name of their field. A misspelled field is stored under the correct name, and is marked as
   * broken.
   */
  readonly first: ReadonlyMap<string, StatementNode>;
  /** Fields that are given more than once. Their value is unknown. */
  readonly repeated: ReadonlySet<string>;
}

/** Collects the statements of a block except `layer`, and reports unknown and repeated names. */
function onlyOnce(body: readonly StatementNode[], scope: Scope, { report }: Author): Once {
  const once = new Map<string, StatementNode>();
  const repeated = new Set<string>();
  const misspelled = new Map<string, StatementNode>();
  const fields: readonly string[] = SCOPES[scope].fields;
  const known: readonly string[] = [...fields, ...SCOPES[scope].blocks];
  for (const statement of body) {
    const { text, span } = statement.name;
    const earlier = once.get(text);
    if (!known.includes(text)) {
      const { help, meant, listed } = otherField(statement, scope);
      // In a line with a syntax mistake, an unknown name is reported only if there is something to suggest.
      if (!isForeign(text) && !(statement.broken && listed)) {
        const inside = scope === 'model' ? 'a model' : `\`${scope}\``;
        report(problem('D101', `${inside} has no field \`${clip(text)}\``, [{ span, text: '' }], help));
      }
      if (meant !== undefined && fields.includes(meant))
        misspelled.set(meant, { ...statement, broken: true });
    } else if (text === 'layer') {
      // `readEncoder` distinguishes layers by their number.
    } else if (earlier) {
      const labels = [
        { span, text: 'given again' },
        { span: earlier.name.span, text: 'first given here' },
      ];
      report(problem('D102', `\`${text}\` is given twice`, labels));
      repeated.add(text);
    } else {
      once.set(text, statement);
    }
  }
  return { first: new Map([...misspelled, ...once]), repeated };
}

function readFields<Fields>(
  table: FieldTable<Fields>,
  { first, repeated }: Once,
  author: Author,
): Sparse<Fields> {
  const settings: { -readonly [K in keyof Fields]?: Sparse<Fields>[K] } = {};
  const set = <K extends keyof Fields & string>(key: K, statement: StatementNode) => {
    const { form, read } = table[key];
    const value = read(statement, { ...author, form });
    const sure = repeated.has(key) ? undefined : value;
    settings[key] = { value: sure, span: statement.span, owner: author.node };
  };
  for (const key of Object.keys(table) as (keyof Fields & string)[]) {
    const statement = first.get(key);
    if (statement) set(key, statement);
  }
  return settings;
}

type EncoderSettings = Pick<ModelSettings, 'encoder' | 'layers'>;

function readEncoder({ first, repeated }: Once, author: Author): EncoderSettings {
  const statement = first.get('encoder');
  const body = statement && blockOf(statement, author);
  if (!body) return { encoder: {}, layers: new Map() };
  const fields = readFields(ENCODER_FIELDS, onlyOnce(body, 'encoder', author), author);
  // A second `encoder` block may have another schedule, so checks against the schedule are skipped.
  const unknown = { value: undefined, span: statement.span, owner: author.node };
  const encoder = repeated.has('encoder') ? { ...fields, schedule: unknown } : fields;
  const layers = new Map<number, LayerSettings>();
  for (const layer of body.filter(({ name }) => name.text === 'layer')) {
    const read = readLayer(layer, author);
    const earlier = read && layers.get(read.number);
    if (read && earlier) {
      const labels = [
        { span: read.settings.span, text: 'given again' },
        { span: earlier.span, text: 'first given here' },
      ];
      author.report(problem('D109', `layer ${read.number} is given twice`, labels));
    } else if (read) {
      layers.set(read.number, read.settings);
    }
  }
  return { encoder, layers };
}

/** Reads `layer 3 { attention full }`. */
function readLayer(
  statement: StatementNode,
  author: Author,
): { number: number; settings: LayerSettings } | undefined {
  const { name, list, broken } = statement;
  const fields = readFields(LAYER_FIELDS, onlyOnce(statement.body ?? [], 'layer', author), author);
  if (broken) return undefined;
  const atom = list[0]?.atoms[0];
  if (!atom) {
    const help = 'write the number of the layer; the first one is 1: `layer 3 { … }`';
    author.report(problem('D201', '`layer` has no number', [{ span: name.span, text: '' }], help));
    return undefined;
  }
  const more = list[1] ?? statement.arrow ?? list[0]?.atoms[1];
  if (atom.type !== 'number' || more) {
    const span = (more ?? atom).span;
    const help = 'write a block for each layer: `layer 3 { … }`';
    author.report(problem('D202', '`layer` takes one number', [{ span, text: '' }], help));
    return undefined;
  }
  if (!statement.body) return noBlock(statement, author);
  const number = readNumber(atom, { min: 1, max: MAX_LAYERS, whole: true }, 'the layer', author);
  return number === undefined
    ? undefined
    : { number, settings: { span: statement.span, owner: author.node, fields } };
}

function readDecoder(
  statement: StatementNode | undefined,
  author: Author,
): Sparse<DecoderFields> | 'none' | undefined {
  if (!statement) return undefined;
  const [first] = statement.list;
  const none = first?.atoms.length === 1 && first.atoms[0]!.text === 'none' && statement.list.length === 1;
  if (none && !statement.body && !statement.arrow) return 'none';
  const body = blockOf(statement, author);
  return body && readFields(DECODER_FIELDS, onlyOnce(body, 'decoder', author), author);
}

/** Returns the statements in a block `encoder { … }`, and reports a value before the block, or a missing block. */
function blockOf(statement: StatementNode, author: Author): readonly StatementNode[] | undefined {
  const { name, list, arrow, body, broken } = statement;
  if (broken) return body;
  if (!body) return noBlock(statement, author);
  const extra = list[0] ?? arrow;
  if (extra) {
    const message = `\`${name.text}\` takes no value before its block`;
    const help = `write the fields inside the block: \`${name.text} { … }\``;
    author.report(problem('D202', message, [{ span: extra.span, text: '' }], help));
  }
  return body;
}

function noBlock({ name, span }: StatementNode, { report }: Author): undefined {
  const help =
    name.text === 'decoder'
      ? 'write `decoder { … }`, or `decoder none` for a model without a decoder'
      : `write its fields in braces: \`${name.text} { … }\``;
  report(problem('D212', `\`${name.text}\` needs a block`, [{ span, text: '' }], help));
  return undefined;
}

/** Says what to write for a field that a block does not have: a synonym, a field of another block, or a similar name. */
import type { StatementNode } from './ast.ts';
import { FIELD_SYNONYMS, type FieldSynonym } from './field_synonyms.ts';
import { SCOPES, type Scope } from './fields.ts';
import { clip, orList } from './problem.ts';
import { hasWord, quoted, suggest } from './suggest.ts';

export interface OtherField {
  readonly help: string;
  /** The name in this block that the author means, if it is known. */
  readonly meant?: string;
  /** Whether the help is only a list of all names, because the name is similar to none of them. */
  readonly listed: boolean;
}

const namesIn = (block: Scope): readonly string[] => [...SCOPES[block].fields, ...SCOPES[block].blocks];

/** How a message names the place inside each block. */
const WHERE: Readonly<Record<Scope, string>> = {
  model: 'the model itself',
  encoder: '`encoder { … }`',
  decoder: '`decoder { … }`',
  layer: '`layer N { … }`',
};

export function otherField(statement: StatementNode, block: Scope): OtherField {
  const { text } = statement.name;
  const row = rowFor(text, block, statement.body !== undefined);
  if (row) return fromRow(row, statement, block);
  const homes = (Object.keys(SCOPES) as Scope[]).filter((one) => namesIn(one).includes(text));
  if (homes.length > 0) {
    const places = homes.filter((one) => one !== 'layer' || homes.length === 1);
    return { help: `\`${text}\` belongs in ${orList(places.map((one) => WHERE[one]))}`, listed: false };
  }
  const known = namesIn(block);
  const meant = suggest(text, known);
  if (meant === undefined) {
    const inside = block === 'model' ? 'a model' : `\`${block}\``;
    return { help: `${inside} has: ${known.map((name) => `\`${name}\``).join(', ')}`, listed: true };
  }
  const number = meant === 'layer' ? /\d+$/.exec(text)?.[0] : undefined;
  return {
    help: number ? `did you mean \`layer ${clip(number)}\`?` : `did you mean ${quoted([meant])}?`,
    meant,
    listed: false,
  };
}

const rowFor = (text: string, block: Scope, isBlock: boolean): FieldSynonym | undefined =>
  FIELD_SYNONYMS.find(
    (row) =>
      hasWord(row.words, text) && (row.in?.includes(block) ?? true) && (row.block === undefined || isBlock),
  );

/** The place of the author's value in a row's text, with the example that stands there. */
const VALUE = /<([^>]+)>/;

function fromRow(row: FieldSynonym, statement: StatementNode, block: Scope): OtherField {
  const { write, home = block, because } = row;
  if (write === undefined) return { help: because ?? '', listed: false };
  const written = write.replace(VALUE, (_, example: string) => authorsValue(statement, example));
  const where = home === block ? '' : ` in ${WHERE[home]}`;
  const help = `write \`${written}\`${where}${because === undefined ? '' : `: ${because}`}`;
  const name = write.split(' ')[0]!;
  const here = home === block && namesIn(block).includes(name);
  return { help, ...(here && { meant: name }), listed: false };
}

/** The author's value, if it is a single one of the same form as the example; otherwise the example. */
function authorsValue({ list, arrow, broken }: StatementNode, example: string): string {
  const [atom, more] = list[0]?.atoms ?? [];
  if (broken || !atom || more || list[1] || arrow) return example;
  if (/^\d/.test(example)) return atom.type === 'number' && atom.value >= 0 ? clip(atom.text) : example;
  return atom.type === 'word' && !atom.args ? clip(atom.text) : example;
}

/** Reads the origin of a node and the facts of a weight from the text form of the IR. */
import type { Node } from './graph.ts';
import { DECODER_PARTS, ENCODER_PARTS, NOWHERE, PHASES, type Place, SIDES } from './place.ts';
import { createScanner, type Scanner } from './scanner.ts';
import { GROUPS, LAYOUTS, type WeightSpec } from './weights.ts';

const ORIGIN = /^\s*("[^"\\]*(?:\\.[^"\\]*)*"|[^\s@#"]\S*)?(?:\s*#(\S*))?((?:\s*@\d+-\d+)*)\s*$/;
const PLACE = /^(\w*)(?:\.(\d*)(?:\.(\w*))?)?(?::(\w+))?$/;

/** Reads the facts of a weight, such as `{group: ffn, side: encoder, layer: 0}`. */
export function readFacts(s: Scanner): Partial<WeightSpec> {
  const word = <T extends string>(all: readonly T[]): T => {
    const start = s.at;
    return oneOf(s, all, s.name('a name'), start);
  };
  const layer = (): number => s.integer('the number of a layer');
  const readers: Readonly<Record<string, () => string | number>> = {
    group: () => word(GROUPS),
    layout: () => word(LAYOUTS),
    side: () => word(SIDES),
    layer,
  };
  if (!s.seesHere('{')) return {};
  const facts = s.list('{', '}', () => {
    const name = word(Object.keys(readers));
    s.expect(':');
    return [name, readers[name]!()] as const;
  });
  return Object.fromEntries(facts);
}

function oneOf<T extends string>(s: Scanner, all: readonly T[], text: string, start: number): T {
  return all.find((one) => one === text) ?? s.fail(`expected one of ${all.join(', ')}`, start);
}

/** Reads `// encoder.layers.0 #encoder.0 @12-40 @50-61`: the scope, the place, then the spans. */
export function readOrigin(s: Scanner): Pick<Node, 'scope' | 'place' | 'from'> {
  const comment = s.lineComment();
  if (!comment) return { scope: '', place: NOWHERE, from: [] };
  const [, scope = '', place = '', spans = ''] =
    comment.text.match(ORIGIN) ?? s.fail('expected `// scope #place @start-end`', comment.start);
  return {
    scope: scope.startsWith('"') ? readQuoted(s, scope, comment.start) : scope,
    place: readPlace(s, place, comment.start),
    from: [...spans.matchAll(/@(\d+)-(\d+)/g)].map(([, start, end]) => ({
      start: Number(start),
      end: Number(end),
    })),
  };
}

/** Reads `encoder.0.ffn:backward`. An empty field is null. */
function readPlace(s: Scanner, text: string, start: number): Place {
  const [, side, layer, part, phase] =
    text.match(PLACE) ?? s.fail('expected a place of the form `#side.layer.part:phase`', start);
  return {
    side: side ? oneOf(s, SIDES, side, start) : null,
    layer: layer ? Number(layer) : null,
    part: part ? oneOf(s, [...ENCODER_PARTS, ...DECODER_PARTS], part, start) : null,
    phase: phase ? oneOf(s, PHASES, phase, start) : 'forward',
  };
}

function readQuoted(s: Scanner, scope: string, start: number): string {
  const inner = createScanner(scope);
  try {
    return inner.string('a scope');
  } catch {
    return s.fail('expected a scope', start);
  }
}

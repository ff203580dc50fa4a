/**
 * Calls the check of each kind (KindSignature.check) for each use of the kind, and makes diagnostics from the faults.
 * If a kind fits none of its uses, there is one diagnostic, at the kind. If the kind fits some of its uses, there is
 * one diagnostic for each length that it does not fit.
 */
import type { ModelNode } from './ast.ts';
import type { Diagnostic, Label, Span } from './diagnostics.ts';
import type { KindPlace, KindProblem } from './kinds.ts';
import { problem } from './problem.ts';
import type { KindSlot } from './read_kinds.ts';
import type { Reading, Setting } from './settings.ts';
import type { KindSpec } from './spec.ts';

/** One use of a kind, with the positions in the source that cause it. */
export interface KindUse {
  readonly field: KindSlot;
  readonly spec: KindSpec;
  /** The field that names the kind; absent if the kind is the default. */
  readonly setting: Setting<KindSpec> | undefined;
  readonly place: Pick<KindPlace, 'length' | 'emits' | 'received'>;
  /** The layer's entry in the schedule; absent for the default schedule, and for kinds that are not set by layer. */
  readonly entry?: { readonly span: Span; readonly own: boolean; readonly layer: number };
}

interface Misfit {
  readonly use: KindUse;
  readonly fault: KindProblem;
}

/** The maximum number of positions that one diagnostic points to. */
const MAX_LABELS = 4;

export function checkKinds(
  uses: readonly KindUse[],
  sizes: Pick<KindPlace, 'width' | 'heads' | 'decodes'>,
  width: Setting<number> | undefined,
  node: ModelNode,
  { kinds, report }: Reading,
): void {
  for (const same of byKind(uses)) {
    const { field, spec } = same[0]!;
    const check = kinds[field].find(({ name }) => name === spec.kind)?.check;
    if (!check) continue;
    const places = distinct(same);
    const misfits = places.flatMap((use): Misfit[] => {
      const fault = check(spec.args, { ...use.place, ...sizes });
      return fault ? [{ use, fault }] : [];
    });
    const everywhere = misfits.length === places.length && (places.length > 1 || !places[0]?.entry);
    for (const diagnostic of told(misfits, everywhere, width, node)) report(diagnostic);
  }
}

/** Groups uses by the position in the source that names the kind. */
function byKind(uses: readonly KindUse[]): Iterable<readonly KindUse[]> {
  const lists = new Map<string, KindUse[]>();
  for (const use of uses) {
    const key = `${use.field} ${use.spec.kind} ${use.spec.span.start}`;
    const list = lists.get(key);
    if (list) list.push(use);
    else lists.set(key, [use]);
  }
  return lists.values();
}

/** Keeps one use for each entry of the schedule: the three layers of `512 x 3` count once. */
const distinct = (uses: readonly KindUse[]): readonly KindUse[] => [
  ...new Map(
    uses.map((use) => [
      `${use.entry?.span.start} ${use.place.length} ${use.place.emits} ${use.place.received}`,
      use,
    ]),
  ).values(),
];

function told(
  misfits: readonly Misfit[],
  everywhere: boolean,
  width: Setting<number> | undefined,
  node: ModelNode,
): readonly Diagnostic[] {
  const [first] = misfits;
  if (!first) return [];
  const { setting, entry } = first.use;
  const kindLabel: Label[] = setting
    ? [{ span: setting.span, text: `\`${first.use.spec.kind}\` is used here` }]
    : [];
  const atKind = everywhere && setting && (setting.owner === node || !entry?.own);
  const at = ({ use }: Misfit): Label[] =>
    use.entry ? [{ span: use.entry.span, text: `layer ${use.entry.layer}` }] : [];
  const make = ({ fault }: Misfit, labels: readonly Label[]) => {
    const nowhere = [{ span: width?.span ?? node.name?.span ?? node.span, text: '' }];
    return problem('D209', fault.message, labels.length > 0 ? labels : nowhere, fault.help);
  };
  if (atKind) return [make(first, [...kindLabel, ...misfits.flatMap(at)].slice(0, MAX_LABELS))];
  return misfits.map((misfit) => make(misfit, [...at(misfit), ...kindLabel]));
}

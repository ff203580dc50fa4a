/** A rule of the checker: what `benben explain` says about it, and how it finds what breaks it. */
import type { Diagnostic, Severity } from '../dsl/diagnostics.ts';
import type { Facts } from './facts.ts';

export interface Finding {
  readonly message: string;
  /** In the model: `graph 'main', node 3 'x' (MatMul)`. */
  readonly where?: string;
  readonly help?: string;
  /** Default: the rule's. */
  readonly severity?: Exclude<Severity, 'error'>;
}

export interface Rule {
  readonly title: string;
  readonly cause: string;
  readonly advice: string;
  /** Default: error. */
  readonly severity?: Exclude<Severity, 'error'>;
  /** Absent where it is found while the file is read. */
  readonly find?: (facts: Facts) => Iterable<Finding>;
}

/** Rules by their codes, which are never reused. */
export type Rules = Readonly<Record<string, Rule>>;

/** Of one code in one file: a broken file breaks one rule a thousand times. */
const MOST_OF_A_KIND = 10;

/** Longest piece of a file's own words in a message. */
const LONGEST_NAME = 120;

/** A name of the file's, short enough to be read. */
export const shown = (name: string | undefined): string => {
  const text = name ?? '';
  return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME)}…`;
};

/** `1 input`, `2 inputs`. */
export const counted = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

/** `a, b, c and 17 more`; `count`: how many there are, where only the first were gathered. */
export function listed(names: readonly string[], most = 5, count = names.length): string {
  const first = names.slice(0, most).map(shown).join(', ');
  return count > most ? `${first} and ${count - most} more` : first;
}

/** The findings of a table of rules as diagnostics, in the order of the table. */
export function apply(rules: Rules, facts: Facts): Diagnostic[] {
  return Object.entries(rules).flatMap(([code, rule]) => {
    const own = rule.severity ?? 'error';
    const found: Diagnostic[] = [];
    let more = 0;
    let worst: Severity | undefined;
    for (const { message, where, help = rule.advice, severity = own } of rule.find?.(facts) ?? []) {
      if (found.length === MOST_OF_A_KIND) {
        more++;
        if (worst !== own) worst = severity;
      } else found.push({ code, severity, message, labels: [], ...(where !== undefined && { where }), help });
    }
    if (more > 0) {
      const message = `and ${more} more of this kind: ${rule.title}`;
      found.push({ code, severity: worst ?? own, message, labels: [], help: rule.advice, count: more });
    }
    return found;
  });
}

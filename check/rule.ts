/** A rule of the checker: the texts that `benben explain` prints, and the function that finds violations. */
import type { Diagnostic, Severity } from '../dsl/diagnostics.ts';
import type { Facts } from './facts.ts';

export interface Finding {
  readonly message: string;
  /** The position in the model, such as `graph 'main', node 3 'x' (MatMul)`. */
  readonly where?: string;
  readonly help?: string;
  /** Default: the severity of the rule. */
  readonly severity?: Exclude<Severity, 'error'>;
}

export interface Rule {
  readonly title: string;
  readonly cause: string;
  readonly advice: string;
  /** Default: error. */
  readonly severity?: Exclude<Severity, 'error'>;
  /** Absent if the mistake is found while the file is read. */
  readonly find?: (facts: Facts) => Iterable<Finding>;
}

/** Rules by their codes, which are never reused. */
export type Rules = Readonly<Record<string, Rule>>;

/** The maximum number of findings that are listed for one code. A broken file can violate one rule a thousand times. */
const MOST_OF_A_KIND = 10;

/** The maximum length of a name from the file in a message. A longer name is cut. */
const LONGEST_NAME = 120;

/** A name from the file, cut after `LONGEST_NAME` characters. */
export const shown = (name: string | undefined): string => {
  const text = name ?? '';
  return text.length <= LONGEST_NAME ? text : `${text.slice(0, LONGEST_NAME)}…`;
};

/** Formats a count: `1 input`, `2 inputs`. */
export const counted = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

/** Formats names as `a, b, c and 17 more`. `count` is the total number, if `names` contains only the first names. */
export function listed(names: readonly string[], most = 5, count = names.length): string {
  const first = names.slice(0, most).map(shown).join(', ');
  return count > most ? `${first} and ${count - most} more` : first;
}

/** Applies the rules of a table, and returns their findings as diagnostics, in the order of the table. */
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

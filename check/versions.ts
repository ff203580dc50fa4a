/** Rules of the versions that a model declares, and of the features that need them. */

import type { Import } from '../compiler/onnx/model.ts';
import type { Facts } from './facts.ts';
import { functionKey } from './keys.ts';
import type { Finding, Rules } from './rule.ts';
import { listed, shown } from './rule.ts';
import { domainOf, NEWEST_IR, NEWEST_OPSETS } from './schema.ts';
import type { Scope } from './scopes.ts';
import { whereNode } from './scopes.ts';

const called = (domain: string): string => (domain === '' ? 'ai.onnx' : shown(domain));

/** The IR version that introduced functions, and the version that introduced overloads and types inside functions. */
const FUNCTIONS_IR = 8;
const OVERLOADS_IR = 10;

/** From this IR version on, an initializer need not be an input too. */
const INITIALIZERS_IR = 4;

function* irVersion({ model, scopes }: Facts): Generator<Finding> {
  const ir = model.irVersion;
  if (ir === undefined) return;
  if (!Number.isInteger(ir) || ir < 1 || ir > NEWEST_IR) {
    yield { message: `there is no IR version ${ir}; the versions are 1 to ${NEWEST_IR}` };
    return;
  }
  if (model.functions.length > 0 && ir < FUNCTIONS_IR)
    yield {
      message: `the model has functions, which need IR version ${FUNCTIONS_IR} or later, but it declares version ${ir}`,
    };
  const overloaded = model.functions.find(({ overload, valueInfo }) => overload || valueInfo.length > 0);
  if (overloaded && ir >= FUNCTIONS_IR && ir < OVERLOADS_IR) {
    const what = overloaded.overload ? 'an overload' : 'types of the values inside it';
    yield {
      message: `function ${shown(overloaded.name)} has ${what}, for which the model must declare IR version ${OVERLOADS_IR} or later, but it declares version ${ir}`,
    };
  }
  for (const { graph, where } of ir < INITIALIZERS_IR ? scopes : []) {
    const inputs = new Set(graph?.input.map(({ name }) => name));
    const names = (graph?.initializer ?? []).flatMap(({ name }) => (inputs.has(name) ? [] : [name ?? '']));
    if (names.length === 0) continue;
    const message = `initializers that are not inputs need IR version ${INITIALIZERS_IR} or later, but the model declares version ${ir}: ${listed(names)}`;
    // Runtimes accept this; ONNX's own checker does not.
    yield { message, where, severity: 'warning' };
  }
}

function* versionsOf(imports: readonly Import[], where?: string): Generator<Finding> {
  const at = where === undefined ? {} : { where };
  const seen = new Set<string>();
  for (const { domain, version = 0 } of imports) {
    const name = domainOf(domain);
    if (seen.has(name)) yield { message: `${called(name)} is imported twice`, ...at };
    seen.add(name);
    const newest = Object.hasOwn(NEWEST_OPSETS, name) ? NEWEST_OPSETS[name]! : Number.MAX_SAFE_INTEGER;
    if (!Number.isInteger(version) || version < 1 || version > newest) {
      const known = newest === Number.MAX_SAFE_INTEGER ? 'begin with 1' : `are 1 to ${newest}`;
      yield { message: `there is no version ${version} of ${called(name)}; its versions ${known}`, ...at };
    }
  }
}

/** The domains that the nodes of these scopes use, with the first node of each. */
function usedIn(scopes: readonly Scope[]): ReadonlyMap<string, string> {
  const used = new Map<string, string>();
  for (const scope of scopes) {
    scope.nodes.forEach(({ domain }, i) => {
      const name = domainOf(domain);
      if (!used.has(name)) used.set(name, whereNode(scope, i));
    });
  }
  return used;
}

export const VERSIONS: Rules = {
  D605: {
    title: 'an IR version that does not fit the model',
    cause: `The IR version determines which features of the format a reader must support. Benben supports versions 1 to ${NEWEST_IR}. Initializers that are not inputs need version ${INITIALIZERS_IR} or later. Functions need version ${FUNCTIONS_IR} or later. Overloads of functions, and the types of the values inside functions, need version ${OVERLOADS_IR} or later.`,
    advice: 'set `ir_version` to the version that the parts of the model need',
    find: irVersion,
  },
  D606: {
    title: 'an operator set version that does not exist',
    cause: `Each domain must be imported once, in one of its versions. The newest versions that Benben supports are ${Object.entries(
      NEWEST_OPSETS,
    )
      .map(([domain, version]) => `${called(domain)} ${version}`)
      .join(', ')}.`,
    advice: 'import the version that the operators were written for',
    *find({ model }) {
      yield* versionsOf(model.opsetImport);
      for (const f of model.functions) yield* versionsOf(f.opsetImport, `function ${shown(f.name)}`);
    },
  },
  D607: {
    title: 'operators of a domain that is not imported',
    cause:
      'A model must import every domain whose operators it uses, with a version. Each function of the model must do the same.',
    advice: 'add the domain to `opset_import`',
    *find({ model, byRoot, imports }) {
      // Before IR version 3 nothing was imported.
      if (model.opsetImport.length === 0) return;
      for (const [root, scopes] of byRoot) {
        const own = root === '' ? imports : scopes.findLast(({ kind }) => kind === 'function')!.imports;
        for (const [domain, where] of usedIn(scopes))
          if (!own.has(domain)) yield { message: `${called(domain)} is used but not imported`, where };
      }
    },
  },
  D608: {
    title: 'a domain that is imported but not used',
    severity: 'note',
    cause: 'No node uses an operator of the domain.',
    advice: 'remove the import',
    *find({ model, scopes, byRoot, imports }) {
      const used = new Set(scopes.flatMap(({ nodes }) => nodes.map(({ domain }) => domainOf(domain))));
      // A model may import the standard operators and its own domain even if it does not use them.
      const free = ['', domainOf(model.domain)];
      const idle = [...imports.keys()].filter((domain) => !free.includes(domain) && !used.has(domain));
      if (idle.length > 0) yield { message: `imported domains that no node uses: ${listed(idle)}` };
      const usedBy = new Map([...byRoot].map(([root, own]) => [root, usedIn(own)]));
      for (const f of model.functions) {
        const own = usedBy.get(functionKey(f.domain, f.name, f.overload));
        const unused = f.opsetImport
          .map(({ domain }) => domainOf(domain))
          .filter((d) => d !== '' && !own?.has(d));
        if (unused.length > 0)
          yield {
            message: `imported domains that no node uses: ${listed(unused)}`,
            where: `function ${shown(f.name)}`,
          };
      }
    },
  },
  D609: {
    title: 'a function that imports other versions than the model',
    severity: 'warning',
    cause:
      'A runtime expands functions into the graph, where the versions of the model apply. A function that imports another version of a domain may then compute something else, or the runtime may refuse the model.',
    advice: 'import the same versions in the function and in the model',
    *find({ model, imports }) {
      for (const f of model.functions) {
        for (const { domain, version } of f.opsetImport) {
          const name = domainOf(domain);
          const own = imports.get(name);
          if (own === undefined || own === (version ?? 0)) continue;
          yield {
            message: `the function imports ${called(name)} ${version ?? 0}, but the model imports ${own}`,
            where: `function ${shown(f.name)}`,
          };
        }
      }
    },
  },
};

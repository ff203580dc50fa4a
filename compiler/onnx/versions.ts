/** The versions that an artifact declares. */

import { IrError } from '../ir/op.ts';

/** Opset 23 is the first with `Attention`; it requires IR version 11. */
export const OPSET = 23;
export const IR_VERSION = 11;
export const DOMAIN = 'ai.benben';
export const DOMAIN_VERSION = 1;
/** The domain of ONNX Runtime's own operators. */
export const CONTRIB = 'com.microsoft';

/**
 * The version of each domain that operators may come from. Only ONNX Runtime has the operators of `CONTRIB`, so only
 * kernels that are chosen for a target use them (passes/choose_kernels.ts).
 */
const VERSIONS: Readonly<Record<string, number>> = {
  '': OPSET,
  [DOMAIN]: DOMAIN_VERSION,
  [CONTRIB]: 1,
};

/** The declarations of domains, each once, in the order of the table. Throws an IrError for an unknown domain. */
export const importsOf = (domains: Iterable<string>): { domain: string; version: number }[] => {
  const used = new Set(domains);
  const unknown = [...used].filter((domain) => VERSIONS[domain] === undefined);
  if (unknown.length > 0) throw new IrError(`the version of the domain ${unknown.join(', ')} is unknown`);
  return Object.entries(VERSIONS).flatMap(([domain, version]) =>
    used.has(domain) ? [{ domain, version }] : [],
  );
};

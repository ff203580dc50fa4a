/** The domains of the operators, and their versions. compiler/ir/opsets.ts has the versions of ONNX's own domain. */

import { IrError } from '../ir/op.ts';

export const DOMAIN = 'ai.benben';
export const DOMAIN_VERSION = 1;
/** The domain of ONNX Runtime's own operators. */
export const CONTRIB = 'com.microsoft';

/**
 * The version of each domain that operators may come from, besides ONNX's own. Only ONNX Runtime has the operators of
 * `CONTRIB`, so only kernels that are chosen for a target use them (passes/choose_kernels.ts).
 */
const VERSIONS: Readonly<Record<string, number>> = {
  [DOMAIN]: DOMAIN_VERSION,
  [CONTRIB]: 1,
};

/** The declarations of domains, each once, in the order of the table. Throws an IrError for an unknown domain. */
export const importsOf = (
  domains: Iterable<string>,
  opset: number,
): { domain: string; version: number }[] => {
  const used = new Set(domains);
  const versions = { '': opset, ...VERSIONS };
  const unknown = [...used].filter((domain) => !Object.hasOwn(versions, domain));
  if (unknown.length > 0) throw new IrError(`the version of the domain ${unknown.join(', ')} is unknown`);
  return Object.entries(versions).flatMap(([domain, version]) =>
    used.has(domain) ? [{ domain, version }] : [],
  );
};

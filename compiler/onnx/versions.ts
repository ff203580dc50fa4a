/** What an artifact declares itself to be, and the numbers that ONNX gives things. */

import { IrError } from '../ir/op.ts';

/** Opset 23 brought `Attention`; IR version 11 goes with it. */
export const OPSET = 23;
export const IR_VERSION = 11;
export const DOMAIN = 'ai.benben';
export const DOMAIN_VERSION = 1;

/**
 * The version of each domain that operators may come from. `com.microsoft` is ONNX Runtime's own:
 * what uses it runs there alone, so only kernels chosen for a target do (passes/lowering.ts).
 */
const VERSIONS: Readonly<Record<string, number>> = {
  '': OPSET,
  [DOMAIN]: DOMAIN_VERSION,
  'com.microsoft': 1,
};

/** Declares domains, each once, in the order of the table. */
export const importsOf = (domains: Iterable<string>): { domain: string; version: number }[] => {
  const used = new Set(domains);
  const unknown = [...used].filter((domain) => VERSIONS[domain] === undefined);
  if (unknown.length > 0) throw new IrError(`no version is known of the domain ${unknown.join(', ')}`);
  return Object.entries(VERSIONS).flatMap(([domain, version]) =>
    used.has(domain) ? [{ domain, version }] : [],
  );
};

/** ONNX Runtime's own operators. */
export const CONTRIB = 'com.microsoft';
export const CONTRIB_VERSION = 1;

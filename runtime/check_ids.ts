/**
 * Checks the ids that a caller gives to `run`. ONNX's Gather reads an id below zero from the end of the table, so the
 * model would read another token without an error. An id beyond the table is an error only on the CPU.
 */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import type { ArtifactInfo } from '../pipeline/metadata.ts';
import type { Tensors } from './tensor.ts';

const ID_INPUTS: readonly string[] = ['input_ids', 'decoder_input_ids'];

/** A diagnostic (D571) for each input with an id that the vocabulary does not have. It names the first such id. */
export const checkIds = (feeds: Tensors, { spec }: Pick<ArtifactInfo, 'spec'>): readonly Diagnostic[] =>
  ID_INPUTS.flatMap((name) => {
    const feed = Object.hasOwn(feeds, name) ? feeds[name] : undefined;
    // The session refuses other types.
    if (!(feed?.data instanceof BigInt64Array)) return [];
    const { data, shape } = feed;
    const most = BigInt(spec.vocabulary);
    const at = data.findIndex((id) => id < 0n || id >= most);
    if (at < 0) return [];
    const [row, column] = [Math.floor(at / shape[1]!), at % shape[1]!];
    const message = `input '${name}' has the id ${data[at]} at [${row}, ${column}], but the ids of the model are 0 to ${spec.vocabulary - 1}`;
    return [runtimeDiagnostic('D571', message, 'use the tokenizer that the model was trained with')];
  });

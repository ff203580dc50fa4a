/** Recognises other kinds of files where a text or an ONNX model is expected, by their first bytes. */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';
import { formatOf, HEAD_BYTES } from './file_formats.ts';

export { HEAD_BYTES };

/** The protobuf tags of all fields of ModelProto except the IR version. */
const TAGS: ReadonlySet<number> = new Set([0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72, 0xa2, 0xca]);

/** Every exporter writes the IR version first, as a number of one byte, and then another field. No text begins like that. */
const isOnnx = ([tag, version = 0, next = 0]: Uint8Array): boolean =>
  tag === 0x08 && version > 0 && version < 0x80 && TAGS.has(next);

/** Whether the head of a file is UTF-8 without control characters. Its last character may be incomplete. */
function isText(head: Uint8Array): boolean {
  if (head.length === 0 || head.some((byte) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d))) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** A diagnostic (D509) if the file is an ONNX model or of another well-known format, although a text is expected. */
export function otherThanText(path: string, head: Uint8Array): Diagnostic | undefined {
  if (isOnnx(head)) {
    const help =
      'inspect, run, check and diff read a model if its file name ends in .onnx; the other commands read the source, a .ben file';
    return runtimeDiagnostic('D509', `${path} is an ONNX model, but a text is expected here`, help);
  }
  const format = formatOf(head);
  if (!format) return undefined;
  const help =
    format.forModel === format.forWeights
      ? format.forModel
      : 'Benben reads sources (.ben) and ONNX models (.onnx); `benben compile F.ben --weights FILE` reads weights (.safetensors)';
  return runtimeDiagnostic('D509', `${path} is not text: it is ${format.name}`, help);
}

/** A diagnostic (D551) if the file is a text, or of another well-known format, although an ONNX model is expected. */
export function otherThanOnnx(path: string, head: Uint8Array): Diagnostic | undefined {
  const format = isOnnx(head) ? undefined : formatOf(head);
  if (format)
    return runtimeDiagnostic('D551', `${path} is not an ONNX model: it is ${format.name}`, format.forModel);
  if (!isText(head.subarray(0, HEAD_BYTES))) return undefined;
  const help =
    'run, check and diff read a source if its file name does not end in .onnx; compile turns a source into an ONNX model';
  return runtimeDiagnostic('D551', `${path} is a text, but an ONNX model is expected here`, help);
}

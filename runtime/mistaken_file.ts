/** A file of one kind where another is wanted, told by its first bytes: an ONNX model for a text, a text for a model. */
import type { Diagnostic } from '../dsl/diagnostics.ts';
import { runtimeDiagnostic } from '../pipeline/codes.ts';

/** As many bytes as the two below look at. */
export const HEAD_BYTES = 1024;

/** ModelProto's fields but the first, as the tags that they are written with. */
const TAGS: ReadonlySet<number> = new Set([0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42, 0x72, 0xa2, 0xca]);

/** Every exporter writes the IR version first, a number of one byte, and then another field. No text begins so. */
const isOnnx = ([tag, version = 0, next = 0]: Uint8Array): boolean =>
  tag === 0x08 && version > 0 && version < 0x80 && TAGS.has(next);

/** UTF-8, where the end of the head may cut a character, and none of the bytes that no text has. */
function isText(head: Uint8Array): boolean {
  if (head.length === 0 || head.some((byte) => byte < 0x20 && !(byte >= 0x09 && byte <= 0x0d))) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** D509 of an ONNX model that a text was to be read from. */
export function onnxForText(path: string, head: Uint8Array): Diagnostic | undefined {
  if (!isOnnx(head)) return undefined;
  const help =
    'inspect, run, check and diff read models, from files that are named .onnx; all else wants the source, a .ben file';
  return runtimeDiagnostic('D509', `${path} is an ONNX model, and a text is wanted here`, help);
}

/** D551 of a text that an ONNX model was to be read from. */
export function textForOnnx(path: string, head: Uint8Array): Diagnostic | undefined {
  if (!isText(head.subarray(0, HEAD_BYTES))) return undefined;
  const help =
    'run, check and diff read a source, from a file that is not named .onnx; compile makes an ONNX model of it';
  return runtimeDiagnostic('D551', `${path} is a text, and an ONNX model is wanted here`, help);
}

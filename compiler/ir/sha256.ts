/**
 * SHA-256 as a synchronous function for Node and browsers. The SHA-256 function of browsers is asynchronous, but the
 * stages of the compiler are synchronous.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** The 32 bytes of the hash of a text in UTF-8. */
export const sha256Of = (text: string): Uint8Array => sha256(utf8ToBytes(text));

/** The hash of a text in UTF-8, in hexadecimal digits. */
export const sha256HexOf = (text: string): string => bytesToHex(sha256Of(text));

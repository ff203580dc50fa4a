/** Diagnostic codes D501 to D514: files, folders and seeds. */
import type { CodeTable } from './entry.ts';

export const FILE_CODES = {
  D501: {
    title: 'file not found',
    cause: 'The file, or a folder in its path, does not exist.',
    fix: 'Check the spelling and the folder that the command runs in. Output folders are not created automatically.',
  },
  D502: {
    title: 'no permission',
    cause: 'The operating system refuses to read or write this path for the current user.',
    fix: 'Change the permissions, or choose another folder.',
  },
  D503: {
    title: 'a folder where a file is needed',
    cause: 'The path names a folder, but a file is needed.',
    fix: 'Give the path of a file in the folder.',
  },
  D504: {
    title: 'path goes through a file',
    cause: 'A component in the middle of the path is a file, not a folder.',
    fix: 'Check every folder in the path.',
  },
  D505: {
    title: 'no space left',
    cause: 'The disk is full, or your quota on it is used up. No half-written file is left behind.',
    fix: 'Free some space, or write to another disk.',
  },
  D506: {
    title: 'read-only file system',
    cause: 'The folder is on a file system that cannot be written.',
    fix: 'Write to another folder.',
  },
  D507: {
    title: 'file system error',
    cause: 'The operating system reported an error for which Benben has no separate code.',
    fix: 'Read the message: it quotes the operating system.',
  },
  D508: {
    title: 'file too large',
    cause: 'The file is larger than any reasonable file of this type.',
    fix: 'Check that the right file was named.',
  },
  D509: {
    title: 'not text',
    cause:
      'A text file is expected here. This file is an ONNX model, or it contains zero bytes or bytes that are not UTF-8, so it is binary or in another encoding.',
    fix: 'Save it as UTF-8, or give the path of the file that contains the text.',
  },
  D510: {
    title: 'empty file',
    cause: 'The file, or standard input, has no content.',
    fix: 'Check that the right file was named and that the program before the pipe wrote something.',
  },
  D511: {
    title: 'not a regular file',
    cause:
      'The path names a device, a pipe or a socket. Benben must be able to read this file in any order, which only regular files allow.',
    fix: 'Save the content to a file first.',
  },
  D512: {
    title: 'unusable seed',
    cause:
      'A seed must be an integer. A seed beyond 2^53 must be a bigint, because a JavaScript number would lose digits.',
    fix: 'Use an integer, such as 0.',
  },
} as const satisfies CodeTable;

/**
 * Loads chevrotain from the single-file build that it ships. Its package entry pulls in 600 files of
 * lodash-es, which costs every start of the command line 0.3 s; the bundle is the same code and
 * starts in 0.03 s. Falls back to the package entry where that file cannot be had (a bundler, a
 * later release). Holds nothing of ours.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Chevrotain = typeof import('chevrotain');

async function load(): Promise<Chevrotain> {
  try {
    const entry = createRequire(import.meta.url).resolve('chevrotain');
    const bundle = join(dirname(entry), '..', 'chevrotain.min.mjs');
    return (await import(/* @vite-ignore */ pathToFileURL(bundle).href)) as Chevrotain;
  } catch {
    return await import('chevrotain');
  }
}

const chevrotain = await load();

export const { CstParser, EOF, Lexer, createToken, createTokenInstance, tokenMatcher } = chevrotain;

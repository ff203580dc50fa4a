/** This package's version. */
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Found from the sources and from dist/ alike. */
function readVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return (require(place) as { version: string }).version;
    } catch {}
  }
  return '0.0.0';
}

export const VERSION = readVersion();

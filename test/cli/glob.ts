/** The TypeScript files in folders of the repository. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

export const globSync = (root: string, parts: readonly string[]): readonly string[] =>
  parts.flatMap((part) =>
    part.endsWith('.ts')
      ? [join(root, part)]
      : readdirSync(join(root, part), { recursive: true, encoding: 'utf8' })
          .filter((path) => path.endsWith('.ts'))
          .map((path) => join(root, part, path)),
  );

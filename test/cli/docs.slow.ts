/**
 * Runs the examples of docs/cli.md in a folder with a model, its weights and a document, and the commands of the workflow in
 * examples/ci in a repository with models.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { COMMANDS } from '../../cli/commands.ts';
import { buildCommand, workshop } from './invoke.ts';

const { folder, path } = await workshop();
const main = await buildCommand(path('dist'));
mkdirSync(path('bin'));
writeFileSync(join(path('bin'), 'benben'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`, {
  mode: 0o755,
});

const docs = readFileSync(join(import.meta.dirname, '../../docs/cli.md'), 'utf8');
const blocks = [...docs.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);

function shell(script: string, cwd = folder, more: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, ...more, PATH: `${path('bin')}${delimiter}${process.env.PATH}` };
  return spawnSync('sh', ['-ec', script], { cwd, env, encoding: 'utf8' });
}

test('there are examples of every command', () => {
  for (const { name } of COMMANDS) expect(docs).toMatch(new RegExp(`^(?:npx )?benben ${name}`, 'm'));
  expect(blocks.length).toBeGreaterThan(8);
});

test.runIf(process.platform !== 'win32').each(blocks)('%s', (block) => {
  const { status, stderr } = shell(block);
  expect(status, stderr).toBe(0);
});

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
}

describe('examples/ci/benben.yml', () => {
  const text = readFileSync(join(import.meta.dirname, '../../examples/ci/benben.yml'), 'utf8');
  const workflow = parseYaml(text, { strict: true }) as {
    readonly on: { readonly pull_request: { readonly paths: readonly string[] } };
    readonly jobs: { readonly check: { readonly steps: readonly Step[] } };
  };
  const { steps } = workflow.jobs.check;
  /** The steps for code scanning, which are comments. */
  const variant = parseYaml(text.slice(text.indexOf('#\n#      - name')).replace(/^# ?/gm, ''), {
    strict: true,
  }) as readonly Step[];
  const scriptOf = (all: readonly Step[], name: string): string =>
    all.find((step) => step.name === name)!.run!;

  test('is a workflow for pull requests that change models', () => {
    for (const kind of ['ben', 'onnx']) expect(workflow.on.pull_request.paths).toContain(`**/*.${kind}`);
    for (const step of [...steps, ...variant]) expect(step.run ?? step.uses).toBeTruthy();
    expect(variant.map(({ uses }) => uses)).toContain('github/codeql-action/upload-sarif@v3');
  });

  test('names only commands and options that exist', () => {
    const lines = [...text.matchAll(/npx benben (\w+)((?: --?[\w-]+(?: [a-z]+)?)*)/g)];
    expect(lines.length).toBeGreaterThan(3);
    for (const [line, command, given] of lines) {
      const row = COMMANDS.find(({ name }) => name === command);
      expect(row, line).toBeDefined();
      for (const [, flag] of given!.matchAll(/(--[\w-]+)/g))
        expect(
          row!.options.some(({ flags }) => flags.includes(flag!)),
          line,
        ).toBe(true);
    }
  });

  test.runIf(process.platform === 'linux')('its commands fail for a broken budget, and say where', () => {
    const repository = path('repository');
    mkdirSync(repository);
    writeFileSync(join(path('bin'), 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    writeFileSync(join(repository, 'tiny.ben'), readFileSync(path('model.ben')));
    const runs = (script: string) => {
      const summary = join(repository, 'summary.md');
      return shell(`git add -A\n${script}`, repository, { GITHUB_STEP_SUMMARY: summary });
    };
    expect(shell('git init -q', repository).status).toBe(0);
    for (const name of ['Models and budgets', 'Artifacts', 'Layout', 'Summary'])
      expect(runs(scriptOf(steps, name))).toMatchObject({ status: 0 });
    const summary = () => readFileSync(join(repository, 'summary.md'), 'utf8');
    expect(summary()).toMatch(/^```\n.*holds.*Tiny.*125M.*\n/s);

    // For a pull request, GitHub checks out the commit that merges it.
    const commit = 'git -c user.name=a -c user.email=a@b.c commit -qm';
    expect(runs(`${commit} one`).status).toBe(0);
    const wider = readFileSync(join(repository, 'tiny.ben'), 'utf8').replace(/width +32/, 'width 64');
    writeFileSync(join(repository, 'tiny.ben'), wider);
    expect(runs(`${commit} two`).status).toBe(0);
    expect(runs(scriptOf(steps, 'Changes')).status).toBe(0);
    expect(summary()).toMatch(/### tiny\.ben\n(.*\n)*\| `?width`? \|.*32.*64.*\|/);

    writeFileSync(join(repository, 'cut.onnx'), 'pytorch');
    const cut = runs(scriptOf(steps, 'Artifacts'));
    expect(cut.status).not.toBe(0);
    expect(cut.stdout).toMatch(/^::error file=cut\.onnx,title=D\d+::/);
    rmSync(join(repository, 'cut.onnx'));

    const broken = 'model A { encoder { schedule 1k } }\n\ncheck A { parameters <= 1M }\n';
    writeFileSync(join(repository, 'with space.ben'), broken);
    const told = runs(scriptOf(steps, 'Models and budgets'));
    expect(told.status).not.toBe(0);
    expect(told.stdout).toMatch(
      /^::error file=with space.ben,line=3,endLine=3,col=11,endColumn=27,title=D215::/,
    );
    expect(runs(scriptOf(variant, 'Models and budgets')).status).not.toBe(0);
    const sarif = JSON.parse(readFileSync(join(repository, 'benben.sarif'), 'utf8'));
    expect(sarif.runs[0].results[0]).toMatchObject({ ruleId: 'D215', level: 'error' });
    expect(sarif.runs[0].tool.driver.rules[0].shortDescription.text).toBe('a budget does not hold');

    // GitHub refuses to upload an empty file.
    const none = 'rm *.ben benben.sarif; git add -A';
    expect(runs(`${none}\n${scriptOf(variant, 'Models and budgets')}`)).toMatchObject({ status: 0 });
    expect(existsSync(join(repository, 'benben.sarif'))).toBe(false);
    rmSync(repository, { recursive: true });
  });
});

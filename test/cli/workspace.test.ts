/** Paths in the formats of services are relative to the workspace, and the SARIF log is what the standard demands. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, expect, test } from 'vitest';
import { inWorkspace } from '../../cli/workspace.ts';
import { VERSION } from '../../pipeline/constants.ts';
import { CASES } from '../check/cases.ts';
import { invoke } from './invoke.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'benben-workspace-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const deep = join(folder, 'repository', 'models', 'deep');
mkdirSync(deep, { recursive: true });
mkdirSync(join(folder, 'repository', '.git'));
symlinkSync(join(folder, 'repository'), join(folder, 'link'));
writeFileSync(join(deep, 'wrong.ben'), 'model A {\n  width 768\n  heads 7\n}\n');
writeFileSync(join(deep, 'wrong.onnx'), CASES.D631!.bad);

const outside = join(folder, 'elsewhere.ben');

test.each<[string, Record<string, string>, string, string, string]>([
  ['the git root, from a folder in it', {}, deep, 'wrong.ben', 'models/deep/wrong.ben'],
  ['the git root, upwards', {}, deep, '../x.ben', 'models/x.ben'],
  ['the git root, by an absolute path', {}, deep, join(deep, 'wrong.ben'), 'models/deep/wrong.ben'],
  [
    'GitHub’s workspace',
    { GITHUB_WORKSPACE: join(folder, 'repository', 'models') },
    deep,
    'a.ben',
    'deep/a.ben',
  ],
  [
    'a workspace that is a link',
    { GITHUB_WORKSPACE: join(folder, 'link') },
    deep,
    'a.ben',
    'models/deep/a.ben',
  ],
  ['a workspace elsewhere', { GITHUB_WORKSPACE: '/no/such' }, deep, 'a.ben', 'models/deep/a.ben'],
  ['the working directory', {}, folder, 'repository/a.ben', 'repository/a.ben'],
  ['a file outside', {}, deep, outside, outside],
  ['standard input', {}, deep, '<stdin>', '<stdin>'],
])('%s', (_, env, cwd, path, shown) => {
  expect(inWorkspace(env, cwd)(path)).toBe(shown);
});

const text = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: { text: { type: 'string', minLength: 1 }, markdown: { type: 'string' } },
};
const line = { type: 'integer', minimum: 1 };
const list = (items: object, more: object = {}) => ({ type: 'array', items, ...more });
const place = {
  type: 'object',
  additionalProperties: false,
  properties: {
    physicalLocation: {
      type: 'object',
      required: ['artifactLocation'],
      additionalProperties: false,
      properties: {
        artifactLocation: {
          type: 'object',
          required: ['uri'],
          additionalProperties: false,
          properties: { uri: { type: 'string' } },
        },
        region: {
          type: 'object',
          additionalProperties: false,
          properties: { startLine: line, startColumn: line, endLine: line, endColumn: line },
        },
      },
    },
    logicalLocations: list(
      { type: 'object', additionalProperties: false, properties: { fullyQualifiedName: { type: 'string' } } },
      { uniqueItems: true },
    ),
    message: text,
  },
};

/** The part of the schema of SARIF 2.1.0 that Benben's logs use, without any other property. */
const SARIF = {
  type: 'object',
  required: ['version', 'runs'],
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    version: { const: '2.1.0' },
    runs: list({
      type: 'object',
      required: ['tool'],
      additionalProperties: false,
      properties: {
        tool: {
          type: 'object',
          required: ['driver'],
          additionalProperties: false,
          properties: {
            driver: {
              type: 'object',
              required: ['name', 'version'],
              additionalProperties: false,
              properties: {
                name: { type: 'string' },
                version: { type: 'string' },
                semanticVersion: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' },
                rules: list(
                  {
                    type: 'object',
                    required: ['id', 'helpUri', 'help', 'shortDescription', 'fullDescription'],
                    additionalProperties: false,
                    properties: {
                      id: { type: 'string' },
                      shortDescription: text,
                      fullDescription: text,
                      help: text,
                      helpUri: { type: 'string' },
                    },
                  },
                  { uniqueItems: true },
                ),
              },
            },
          },
        },
        columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
        results: list({
          type: 'object',
          required: ['message'],
          additionalProperties: false,
          properties: {
            ruleId: { type: 'string' },
            ruleIndex: { type: 'integer', minimum: 0 },
            level: { enum: ['none', 'note', 'warning', 'error'] },
            message: text,
            locations: list(place),
            relatedLocations: list(place, { uniqueItems: true }),
          },
        }),
      },
    }),
  },
};

interface Log {
  readonly runs: readonly {
    readonly tool: {
      readonly driver: {
        readonly version: string;
        readonly rules: readonly { readonly id: string; readonly helpUri: string }[];
      };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } };
      }[];
    }[];
  }[];
}

test('SARIF: valid, with the version, help, and paths in the workspace', async () => {
  const files = [join(deep, 'wrong.ben'), join(deep, 'wrong.onnx'), outside];
  const env = { GITHUB_WORKSPACE: process.cwd() };
  const log = JSON.parse((await invoke(['check', ...files, '--format', 'sarif'], { env })).out) as Log;
  const validate = new Ajv({ strict: false }).compile(SARIF);
  expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
  const [{ tool, results }] = log.runs as [Log['runs'][number]];
  expect(tool.driver.version).toBe(VERSION);
  for (const { helpUri } of tool.driver.rules) expect(new URL(helpUri).href).toBe(helpUri);
  for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex]!.id).toBe(ruleId);
  // These files are outside the workspace of this test, so their URIs are absolute.
  const uris = results.flatMap(({ locations }) =>
    locations.map((one) => one.physicalLocation.artifactLocation.uri),
  );
  expect(new Set(uris)).toEqual(new Set(files.map((file) => `file://${file}`)));
});

test.runIf(process.platform !== 'win32')(
  'the same file has the same path, wherever the command runs',
  async () => {
    const { buildCommand } = await import('./invoke.ts');
    const main = await buildCommand(join(folder, 'command'));
    const found = (cwd: string, file: string): string => {
      const run = () =>
        execFileSync(process.execPath, [main, 'check', file, '--format', 'github'], {
          cwd,
          encoding: 'utf8',
          stdio: 'pipe',
          env: { ...process.env, GITHUB_WORKSPACE: '' },
        });
      try {
        return run();
      } catch (error) {
        return (error as { stdout: string }).stdout;
      }
    };
    const lines = [
      found(deep, 'wrong.ben'),
      found(join(folder, 'repository'), 'models/deep/wrong.ben'),
      found(join(folder, 'link', 'models'), 'deep/wrong.ben'),
    ];
    expect(new Set(lines).size).toBe(1);
    expect(lines[0]).toMatch(/^::error file=models\/deep\/wrong\.ben,line=3,/);
  },
);

/** `schema`: the JSON Schema of a kind of file; writes the files that are made from the language's schema, or checks them. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorsPage } from '../../src/scenario/codes.js';
import { jsonSchemaText, type SchemaKind } from '../../src/scenario/json-schema.js';
import { languagePage } from '../../src/scenario/language-page.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure, systemReason } from '../failure.js';
import { makeFolder } from '../files/make-folder.js';
import { packageRoot } from '../package.js';
import type { Context } from './context.js';
import type { SchemaOptions } from './options.js';

const KINDS: Readonly<Record<string, SchemaKind>> = { scenario: 'Scenario', cluster: 'Cluster' };

/** Below the package; each is made from the schema alone. */
const MADE: readonly (readonly [string, () => string])[] = [
  ['schema/scenario.schema.json', () => jsonSchemaText('Scenario')],
  ['schema/cluster.schema.json', () => jsonSchemaText('Cluster')],
  ['docs/language.md', languagePage],
  ['docs/errors.md', errorsPage],
];

function isFresh([path, make]: readonly [string, () => string]): boolean {
  const file = join(packageRoot, path);
  return existsSync(file) && readFileSync(file, 'utf8') === make();
}

function write([path, make]: readonly [string, () => string]): void {
  const file = join(packageRoot, path);
  try {
    makeFolder(dirname(file));
    writeFileSync(file, make());
  } catch (error) {
    throw new Failure(ExitCode.infraError, `cannot write ${file}: ${systemReason(error)}`);
  }
}

export async function schemaCommand({ streams }: Context, name: string, options: SchemaOptions): Promise<number> {
  const stale = MADE.filter((made) => !isFresh(made));
  if (options.check) {
    for (const [path] of stale) streams.err.write(`${path} is not what the schema makes; windtunnel schema --write\n`);
    return stale.length === 0 ? ExitCode.passed : ExitCode.failed;
  }
  if (options.write) {
    stale.forEach(write);
    for (const [path] of MADE)
      streams.err.write(`${stale.some(([one]) => one === path) ? 'wrote' : 'fresh'}  ${path}\n`);
    return ExitCode.passed;
  }
  const kind = KINDS[name.toLowerCase()];
  if (!kind) throw new Failure(ExitCode.usage, `no kind of file ${name}`, 'kinds are scenario and cluster');
  streams.out.write(jsonSchemaText(kind));
  return ExitCode.passed;
}

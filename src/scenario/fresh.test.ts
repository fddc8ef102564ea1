/** What is written from code is as the code would write it now. `windtunnel schema --write` writes it anew. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import type { CauseId } from '../verdict/verdict.js';
import { CODES, errorsPage } from './codes.js';
import { jsonSchema, jsonSchemaText } from './json-schema.js';
import { languagePage } from './language-page.js';
import { CAUSES } from './v1-expect.js';

t.test('the committed JSON Schemas and pages are fresh', async (t) => {
  const pages = {
    'schema/scenario.schema.json': jsonSchemaText('Scenario'),
    'schema/cluster.schema.json': jsonSchemaText('Cluster'),
    'docs/language.md': languagePage(),
    'docs/errors.md': errorsPage(),
  };
  for (const [file, text] of Object.entries(pages)) t.equal(readFileSync(file, 'utf8'), text, file);
});

t.test('every word of the language has a description', async (t) => {
  for (const kind of ['Scenario', 'Cluster'] as const) {
    const rows = JSON.stringify(jsonSchema(kind), (_, value) => {
      for (const [key, schema] of Object.entries(value?.properties ?? {}) as [string, { description?: string }][]) {
        t.ok(schema.description, `${kind}: ${key} is described`);
      }
      return value;
    });
    t.ok(rows.length > 0);
  }
});

t.test('every code of the table is used, and is in the table once', async (t) => {
  const source = ['src/scenario', 'src/plan']
    .flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('codes.ts'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');
  for (const code of Object.keys(CODES)) t.ok(source.includes(`'${code}'`), `${code} is told somewhere`);
});

t.test('the causes of the language are those of the verdict', async (t) => {
  const known: Record<CauseId, true> = {
    'externalip-is-node-address': true,
    'externalip-is-gateway': true,
    'port-hijack': true,
    'loadbalancer-ip-is-node-address': true,
    'kube-proxy-gone': true,
    none: true,
  };
  t.same([...CAUSES].sort(), Object.keys(known).sort());
});

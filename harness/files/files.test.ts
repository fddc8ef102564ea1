/** What a path means, and what a file on disk answers. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { findScenarios } from './discover.js';
import { DiskFiles } from './disk-files.js';

const SCENARIO = 'apiVersion: windtunnel/v1alpha1\nkind: Scenario\n';

const tree = {
  scenarios: {
    'b.yaml': SCENARIO,
    'a.yml': SCENARIO,
    'broken.yaml': 'metadata: {}\n',
    'empty.yaml': '',
    'service.yaml': 'apiVersion: v1\nkind: Service\n',
    'cluster.yaml': 'apiVersion: windtunnel/v1alpha1\nkind: Cluster\n',
    'notes.md': '# no',
    manifests: { 'deployment.yaml': '' },
    '.hidden': { 'x.yaml': SCENARIO },
    deep: { 'c.yaml': SCENARIO },
    bundle: { 'run.json': '{}', 'plan.json': '{}', files: { 'd.yaml': SCENARIO } },
  },
};

t.test('a folder gives its scenarios, broken ones too, and nothing that is plainly something else', async (t) => {
  const cwd = t.testdir(tree);
  const found = findScenarios(['scenarios/'], cwd, new DiskFiles(cwd));
  t.same(
    found,
    ['a.yml', 'b.yaml', 'broken.yaml', 'deep/c.yaml', 'empty.yaml'].map((path) => `scenarios/${path}`),
  );
});

t.test('a named file is taken whatever it is, once, and also where it is not there', async (t) => {
  const cwd = t.testdir(tree);
  const paths = ['scenarios/service.yaml', 'scenarios/service.yaml', 'missing.yaml'];
  t.same(findScenarios(paths, cwd, new DiskFiles(cwd)), ['scenarios/service.yaml', 'missing.yaml']);
});

t.test('a file stays as it was when it was first read', async (t) => {
  const cwd = t.testdir({ 'a.yaml': 'one' });
  const files = new DiskFiles(cwd);
  t.same(files.read('a.yaml'), { ok: true, text: 'one' });
  writeFileSync(join(cwd, 'a.yaml'), 'two');
  t.same(files.read('a.yaml'), { ok: true, text: 'one' });
});

t.test('what cannot be read says why, and a large file is not read', async (t) => {
  const cwd = t.testdir({ folder: {}, 'big.yaml': 'x'.repeat(5 * 1024 * 1024 + 1) });
  const files = new DiskFiles(cwd);
  t.match(files.read('missing/a.yaml'), { ok: false, why: 'not-found' });
  t.match(files.read('folder'), { ok: false, why: 'directory' });
  t.match(files.read('big.yaml'), { ok: false, why: 'too-large', bytes: 5 * 1024 * 1024 + 1 });
  t.match(files.read('/dev/null'), { ok: false, why: 'unreadable' }, 'a device would be read for ever');
});

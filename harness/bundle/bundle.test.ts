/** A bundle is readable at every moment, holds nothing outside its folder, and says so where it cannot be written. */
import { existsSync, lstatSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import t from 'tap';
import { passed, plan } from '../reporters/sample-run.js';
import { armFolder, bundleName, caseFolder, entryName, inputCopyPath, type RunRecord } from './layout.js';
import { findCase, readArm, readCaseResult, readRun } from './read.js';
import { BundleWriter, HistoryFile, writeCase } from './write.js';

const STARTED_AT = new Date('2026-11-22T07:45:12.345Z');

const record: RunRecord = {
  schemaVersion: 1,
  state: 'running',
  seed: '1',
  command: 'npx windtunnel run',
  versions: { windtunnel: '0.1.0', node: '20.19.0' },
  deadlineFactor: 1,
  cases: plan.cases.map(({ id, slug }) => ({ id, slug })),
};

function begin(output: string): BundleWriter {
  const writer = BundleWriter.create(output, STARTED_AT, '1');
  writer.writeRun(record);
  writer.writePlan(plan);
  return writer;
}

t.test('two runs of one second get folders of their own, and latest is the last', async (t) => {
  const output = t.testdir();
  const first = begin(output);
  first.pointLatest();
  const second = begin(output);
  second.pointLatest();
  t.equal(first.folder, join(output, '2026-11-22T07-45-12Z-1'));
  t.equal(second.folder, `${first.folder}.2`);
  t.ok(lstatSync(join(output, 'latest')).isSymbolicLink());
  t.equal(readRun(join(output, 'latest')).folder, join(output, 'latest'));
  t.equal(realpathSync(join(output, 'latest')), realpathSync(second.folder));
});

t.test('a bundle tells how to read it, the same in each, and every file that it has', async (t) => {
  const output = t.testdir();
  const [first, second] = [begin(output), begin(output)].map(({ folder }) =>
    readFileSync(join(folder, 'README.md'), 'utf8'),
  );
  t.equal(first, second);
  for (const file of [
    'run.json',
    'plan.json',
    'timings.json',
    'case.json',
    'arm.json',
    'history.jsonl',
    'snapshot.json',
  ])
    t.match(first, `${file}\``);
});

t.test('where links cannot be made, latest is a file that names the folder', async (t) => {
  const output = t.testdir();
  const writer = begin(output);
  writer.pointLatest();
  rmSync(join(output, 'latest'));
  writeFileSync(join(output, 'latest'), '2026-11-22T07-45-12Z-1\n');
  t.equal(readRun(join(output, 'latest')).folder, writer.folder);
  writeFileSync(join(output, 'latest'), '../../etc\n');
  t.throws(() => readRun(join(output, 'latest')), { name: 'Failure', exitCode: 2 });
});

t.test('what a killed run wrote can be read: no verdict, and the history up to its last whole line', async (t) => {
  const writer = begin(t.testdir());
  const [spec] = plan.cases;
  const slug = spec?.slug ?? '';
  const folder = armFolder(writer.folder, slug, 'treatment');
  const history = new HistoryFile(folder);
  history.append({ kind: 'bring-up', at: 0, text: 'up' });
  history.append({ kind: 'step', at: 1, list: 'steps', step: 0, name: 'one', phase: 'start' });
  const file = join(folder, 'history.jsonl');
  t.equal(readFileSync(file, 'utf8').split('\n').length, 3, 'a step is on disk at once');
  writeFileSync(file, '{"kind":"probe","at":', { flag: 'a' });
  const stored = readRun(writer.folder);
  t.equal(stored.run.state, 'running');
  t.equal(readCaseResult(stored, slug), undefined);
  t.same(
    readArm(stored, slug, 'treatment').history.map(({ kind }) => kind),
    ['bring-up', 'step'],
  );
  history.close();
});

t.test('a written case is read back as it was', async (t) => {
  const writer = begin(t.testdir());
  const { spec, result, again } = passed;
  writeCase(writer.folder, spec, result, again);
  t.same(readCaseResult(readRun(writer.folder), result.slug), result);
  const file = join(caseFolder(writer.folder, result.slug), 'case.json');
  const about = { scenario: 'sample', file: 'scenarios/sample.yaml', tags: ['outage'], seed: '1', again };
  t.match(
    JSON.parse(readFileSync(file, 'utf8')),
    { ...about, id: result.id, verdict: 'pass' },
    'and it says what it is',
  );
});

t.test('no name from a file leads out of its folder', async (t) => {
  const root = resolve('bundle');
  for (const name of [
    '..',
    '.',
    '../../etc/passwd',
    '/etc/passwd',
    'a/b',
    'a\\b',
    '\u0000',
    '',
    '.hidden',
    'x'.repeat(5000),
  ]) {
    t.ok(caseFolder(root, name).startsWith(join(root, 'cases') + sep), JSON.stringify(name));
    t.equal(dirname(caseFolder(root, name)), join(root, 'cases'), JSON.stringify(name));
    t.equal(dirname(armFolder(root, 'slug', name)), join(root, 'cases', 'slug'), JSON.stringify(name));
    t.ok(entryName(name).length <= 100, JSON.stringify(name));
  }
  t.equal(inputCopyPath(root, '../../up/x.yaml', '/home/me/here'), join(root, 'files', 'up', 'up', 'up', 'x.yaml'));
  t.equal(inputCopyPath(root, '/home/me/s/x.yaml', '/home/me'), join(root, 'files', 's', 'x.yaml'));
});

t.test('names that only differ in harmful characters stay apart', async (t) => {
  t.not(entryName('a/b'), entryName('a:b'));
  t.equal(entryName('a/b'), entryName('a/b'));
  t.equal(entryName('1.34.2'), '1.34.2');
  t.notMatch(bundleName(STARTED_AT, '../x'), /[/:]|\.\./);
});

t.test('a folder that cannot be written is an error of the environment with its path and reason', async (t) => {
  const file = join(t.testdir({ file: 'x' }), 'file');
  t.throws(() => BundleWriter.create(join(file, 'reports'), STARTED_AT, '1'), {
    name: 'Failure',
    exitCode: 3,
    message: /cannot write .*reports: ENOTDIR: not a directory$/,
  });
});

t.test('a full disk is an error of the environment', { skip: !existsSync('/dev/full') }, async (t) => {
  const { FileStream } = await import('../terminal/file-stream.js');
  t.throws(() => new FileStream('/dev/full').write('x'), { exitCode: 3, message: /ENOSPC: no space left on device/ });
});

t.test('a folder that is no bundle is told so, and one of another version too', async (t) => {
  const folder = t.testdir({ 'run.json': '{"schemaVersion": 99}', broken: { 'run.json': '{' }, empty: {} });
  t.throws(() => readRun(folder), { name: 'Failure', exitCode: 2, message: /version 99/ });
  t.throws(() => readRun(join(folder, 'broken')), { name: 'Failure', exitCode: 2, message: /run\.json/ });
  t.throws(() => readRun(join(folder, 'empty')), { name: 'Failure', exitCode: 2, message: /no run bundle/ });
  t.throws(() => readRun(join(folder, 'missing')), { name: 'Failure', exitCode: 2, message: /no run bundle/ });
});

t.test('a case is found by its id, its slug, or a part that only it has', async (t) => {
  t.equal(findCase(plan.cases, 'iptables').id, 'sample[proxyMode=iptables]');
  t.equal(findCase(plan.cases, 'sample[proxyMode=ipvs]').id, 'sample[proxyMode=ipvs]');
  t.throws(() => findCase(plan.cases, 'sample'), { name: 'Failure', exitCode: 2, message: /3 cases have sample/ });
  t.throws(() => findCase(plan.cases, 'nothing'), { name: 'Failure', exitCode: 2, message: /no case has nothing/ });
});

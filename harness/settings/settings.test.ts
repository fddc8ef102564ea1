/** Where settings come from, what they are without a file, and what is said of a wrong one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { renderDiagnostics } from '../../src/base/diagnostic.js';
import { packageRoot } from '../package.js';
import { findSettings, printSettings, SETTINGS_FILE, type Settings } from './settings.js';

const HEAD = 'apiVersion: windtunnel/v1alpha1\nkind: Config\n';
const FULL = `${HEAD}run:
  backend: kind
  deadlineFactor: 3
  timeScale: 0.5
  output: out
backends:
  kind:
    imageMap: maps/images.yaml
    apiServerAddress: 127.0.0.1
    apiServerPorts: 36443-36452
    kubeadmConfigPatches:
      - |
        kind: ClusterConfiguration
        ---
        kind: KubeletConfiguration
    bringUp: {timeout: 90s, attempts: 2}
    keep: on-failure
    emulateIPVS: true
`;

/** From a folder whose settings file has this text. */
function found(test: Test, text: string) {
  return findSettings(test.testdir({ [SETTINGS_FILE]: text }), undefined);
}

/** `line:column code message | hint`. */
function told(test: Test, text: string): readonly string[] {
  const result = found(test, text);
  if (result.ok) return [];
  return result.diagnostics.map(
    ({ line, column, code, message, hint }) => `${line}:${column} ${code} ${message}${hint ? ` | ${hint}` : ''}`,
  );
}

function settingsOf(result: ReturnType<typeof findSettings>): Settings {
  if (result.ok) return result.settings;
  throw new Error(renderDiagnostics(result.diagnostics, result.texts, 100));
}

t.test('without a file all is as by default, and says so', async (t) => {
  const { origins, ...settings } = settingsOf(findSettings(t.testdir({}), undefined));
  t.strictSame(settings, {
    run: {},
    kind: {
      kubeadmConfigPatches: [],
      bringUp: { timeoutMs: 600_000, attempts: 1 },
      keep: 'never',
      emulateIPVS: false,
    },
  });
  t.same(new Set(origins.values()), new Set(['default']));
});

t.test('every value is read, with the place it came from', async (t) => {
  const cwd = t.testdir({ [SETTINGS_FILE]: FULL, maps: { 'images.yaml': '' } });
  const settings = settingsOf(findSettings(cwd, undefined));
  t.strictSame(settings.run, { backend: 'kind', deadlineFactor: 3, timeScale: 0.5, output: 'out' });
  t.strictSame(settings.kind, {
    imageMap: join(cwd, 'maps/images.yaml'),
    apiServerAddress: '127.0.0.1',
    apiServerPorts: { first: 36443, last: 36452 },
    kubeadmConfigPatches: ['kind: ClusterConfiguration\n---\nkind: KubeletConfiguration\n'],
    bringUp: { timeoutMs: 90_000, attempts: 2 },
    keep: 'on-failure',
    emulateIPVS: true,
  });
  t.equal(settings.file, SETTINGS_FILE);
  t.equal(settings.origins.get('run.backend'), 'windtunnel.config.yaml:4:12');
  t.equal(settings.origins.get('backends.kind.bringUp.attempts'), 'windtunnel.config.yaml:18:39');
  t.notOk([...settings.origins.values()].includes('default'));
});

t.test('the nearest file upwards counts; one that is named counts alone', async (t) => {
  const attempts = (count: number) => `${HEAD}backends: {kind: {bringUp: {attempts: ${count}}}}\n`;
  const cwd = t.testdir({
    [SETTINGS_FILE]: attempts(2),
    near: { [SETTINGS_FILE]: attempts(3), deep: { er: {}, 'own.yaml': attempts(4) } },
  });
  const from = (folder: string, given?: string) => settingsOf(findSettings(join(cwd, folder), given));
  t.match(from('.'), { file: SETTINGS_FILE, kind: { bringUp: { attempts: 2, timeoutMs: 600_000 } } });
  t.match(from('near/deep/er'), { file: '../../windtunnel.config.yaml', kind: { bringUp: { attempts: 3 } } });
  t.equal(from('near/deep').origins.get('backends.kind.bringUp.attempts'), '../windtunnel.config.yaml:3:39');
  t.match(from('near', 'deep/own.yaml'), { file: 'deep/own.yaml', kind: { bringUp: { attempts: 4 } } });
});

t.test('all problems are told at once, each at its place', async (t) => {
  const body = `run:
  backend: knd
  deadlineFactor: 0
  timeScale: fast
  ouput: reports
backends:
  kind:
    imageMap: gone.yaml
    apiServerAddress: localhost
    apiServerPorts: 36452-36443
    kubeadmConfigPatches: text
    bringUp: {timeout: 10min, attempts: 1.5, atempts: 2}
    keep: allways
    emulateIPVS: yes
`;
  t.same(told(t, HEAD + body), [
    '4:12 WT0104 backend does not take knd | did you mean kind?',
    '5:19 WT0115 deadlineFactor is 0; more than 0 is taken',
    '6:14 WT0103 fast is no number | a number above 0 and up to 1000, as in 3',
    '7:3 WT0101 unknown key ouput in run | did you mean output?',
    '10:15 WT0001 no file gone.yaml in folder . | looked for gone.yaml; a path is relative to the file that names it',
    '11:23 WT0113 localhost is no IPv4 address | write one of the Docker host: 127.0.0.1',
    '12:21 WT0103 36452-36443 is no range of ports | write 36443-36452, or one port',
    '13:27 WT0103 text is no list | write [ ] around it, or - before it',
    '14:24 WT0106 10min is no duration | did you mean 10m?',
    '14:41 WT0103 1.5 is no whole number',
    '14:46 WT0101 unknown key atempts in bringUp | did you mean attempts?',
    '15:11 WT0104 keep does not take allways | did you mean always?',
    '16:18 WT0103 yes is neither true nor false | did you mean true?',
  ]);
});

t.test('a problem is shown with its line and a caret', async (t) => {
  const result = found(t, `${HEAD}run: {bakend: kind}\n`);
  t.equal(
    result.ok ? '' : renderDiagnostics(result.diagnostics, result.texts, 100),
    [
      'windtunnel.config.yaml:3:7: error WT0101: unknown key bakend in run',
      '  run: {bakend: kind}',
      '        ^^^^^^',
      'hint: did you mean backend?',
    ].join('\n'),
  );
});

t.test('what is no settings file is told as such', async (t) => {
  t.match(told(t, ''), [/^1:1 WT0005/]);
  t.match(told(t, `${HEAD}---\n${HEAD}`), [/^4:1 WT0017/]);
  t.match(told(t, 'run: [}'), [/WT0010/]);
  t.match(told(t, '[]'), [/^1:1 WT0103 a list is no mapping/]);
  t.same(told(t, 'run: {}'), ['1:1 WT0102 the file has no apiVersion', '1:1 WT0102 the file has no kind']);
  t.same(told(t, 'apiVersion: windtunnel/v2\nkind: Cluster'), [
    '1:13 WT0020 unknown apiVersion windtunnel/v2 | write windtunnel/v1alpha1',
    '2:7 WT0021 kind is Cluster, not Config | write kind: Config',
  ]);
  t.match(told(t, 'apiVersion: windtunnel/v1alpha1\nkind: {keep: always}'), [/backends\.kind$/]);
  t.same(told(t, `${HEAD}run:\n`), ['3:5 WT0103 nothing is no mapping']);
});

t.test('a file that is named must be there', async (t) => {
  const cwd = t.testdir({ folder: {} });
  const show = (given: string) => {
    const result = findSettings(cwd, given);
    return result.ok ? '' : renderDiagnostics(result.diagnostics, result.texts, 100);
  };
  t.equal(show('gone.yaml'), '--config: error WT0001: no file gone.yaml');
  t.equal(show('folder'), '--config: error WT0002: folder is a folder');
  t.equal(show('/dev/null'), '--config: error WT0002: /dev/null is no file');
});

t.test('time limits and ports have their bounds', async (t) => {
  const kind = (text: string) => told(t, `${HEAD}backends: {kind: {${text}}}\n`)[0] ?? 'taken';
  t.match(kind('bringUp: {timeout: 0s}'), /WT0115 no limit of 0s is taken/);
  t.match(kind('bringUp: {timeout: 600h}'), /WT0115/);
  t.match(kind('bringUp: {timeout: -1m}'), /WT0115 no limit of -1m is taken/);
  t.match(kind('bringUp: {attempts: 11}'), /attempts is 11; at most 10 is taken/);
  for (const ports of ['36443', '1-65535', '"36443"']) t.equal(kind(`apiServerPorts: ${ports}`), 'taken', ports);
  for (const ports of ['0', '1-65536', '1.5', 'a', '1-', '[1]', '~'])
    t.match(kind(`apiServerPorts: ${ports}`), /WT0103 .* is no range of ports/, ports);
});

t.test('a patch that kubeadm would never see is told', async (t) => {
  const patch = (text: string) => told(t, `${HEAD}backends: {kind: {kubeadmConfigPatches: [${text}]}}\n`)[0] ?? 'taken';
  t.equal(patch('"kind: ClusterConfiguration"'), 'taken');
  t.equal(
    patch('"kind: ClusterConfigration"'),
    '3:42 WT0104 kubeadm has no ClusterConfigration | did you mean ClusterConfiguration?',
  );
  t.match(patch('"a: 1"'), /WT0102 the patch has no kind \| it says what it is merged into/);
  t.match(patch('"kind: InitConfiguration\\n---\\na: 1"'), /WT0102/);
  t.match(patch('"kind: [}"'), /WT0010 line 1 of the patch: /);
  t.match(patch('""'), /WT0103 the patch is empty/);
  t.match(patch('{kind: ClusterConfiguration}'), /WT0103 a mapping is no text/);
});

t.test('the settings are shown with their origins, and nothing in them moves the cursor', async (t) => {
  const cwd = t.testdir({
    [SETTINGS_FILE]: FULL.replace('output: out', 'output: "o\\e[31m"').replace('maps/', ''),
    'images.yaml': '',
  });
  const lines = printSettings(settingsOf(findSettings(cwd, undefined))).split('\n');
  t.match(lines[0], /^setting +value +from$/);
  t.match(lines[1], /^run\.backend +kind +windtunnel\.config\.yaml:4:12$/);
  t.match(lines[4], /^run\.output +o\\x1b\[31m +windtunnel/);
  t.match(lines[7], /^backends\.kind\.apiServerPorts +36443-36452 +windtunnel/);
  t.match(lines[8], /of ClusterConfiguration, KubeletConfiguration +windtunnel/);
  t.match(lines[9], /bringUp\.timeout +90s +windtunnel/);
  const bare = printSettings(settingsOf(findSettings(t.testdir({}), undefined)));
  t.match(bare, /^run\.backend +- +default$/m);
  t.match(bare, /^backends\.kind\.bringUp\.timeout +10m +default$/m);
});

t.test('the example of a slow remote daemon is right', async (t) => {
  const file = join(packageRoot, 'clusters/slow-remote-daemon.config.yaml');
  const { kind, run } = settingsOf(findSettings(t.testdir({}), file));
  t.match(run, { backend: 'kind' });
  t.match(kind, { apiServerPorts: { first: 36443, last: 36452 }, bringUp: { attempts: 2 } });
  const withMap = readFileSync(file, 'utf8').replace('# imageMap', 'imageMap');
  const cwd = t.testdir({ [SETTINGS_FILE]: withMap, 'image-map.yaml': '' });
  t.equal(settingsOf(findSettings(cwd, undefined)).kind.imageMap, join(cwd, 'image-map.yaml'));
});

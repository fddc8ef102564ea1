/** What is wrong with `schedulers`, and that the words for it are those of the Go sources. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { type Around, schedulerOf, schedulerProblems } from '../../../src/plan/scheduler-problems.js';
import { GENERATIONS, goDurationMs, placing, pluginArgs, SPECIMENS } from '../../../src/plan/scheduler-words.js';
import { packageRoot } from '../../package.js';
import { TWO_NODES } from '../stand-in.js';

const folder = join(packageRoot, 'scheduler');
const source = (...path: readonly string[]) => readFileSync(join(folder, ...path), 'utf8');
const around: Around = { nodes: TWO_NODES.nodes, addons: { prometheus: { scrapeInterval: '30s' } } };
const told = (...given: Parameters<typeof schedulerProblems>) =>
  schedulerProblems(...given).map(({ path, message, hint }) => [path.join('.'), message, hint ?? ''].join(' | '));
const plugin = (settings: object) => [{ name: 'b', plugins: { network_traffic: settings } }];

t.test('everything is told at once, with its place and what was probably meant', async (t) => {
  const wrong = [
    { name: 'Big', version: 'minimaly-fixed', plugin: {}, plugins: { NetworkTraffic: {} } },
    { name: 'b', plugins: { network_traffic: { weight: 0, windw: '2m', direction: 'up' }, ImageLocality: { a: 1 } } },
    { name: 'b' },
    { name: 'default-scheduler' },
  ];
  t.strictSame(told(wrong), [
    'schedulers.Big.name | "Big" is no name | small letters, digits and -, at most 53',
    'schedulers.Big.plugin | unknown key plugin | did you mean plugins?',
    'schedulers.Big.version | no version "minimaly-fixed" | did you mean minimally-fixed?',
    'schedulers.Big.plugins.NetworkTraffic | no score plugin NetworkTraffic | did you mean network_traffic?',
    'schedulers.b.plugins.network_traffic.weight | weight is 0 | want 1 or more; enabled: false switches the plugin off',
    'schedulers.b.plugins.network_traffic.direction | direction is "up" | want one of receive, transmit, max, sum',
    'schedulers.b.plugins.network_traffic.windw | unknown key windw | did you mean window?',
    'schedulers.b.plugins.ImageLocality.a | unknown key a | keys: enabled, weight',
    'schedulers.b.name | two schedulers have the name b | ',
    'schedulers.default-scheduler.name | the cluster has a scheduler of that name | ',
  ]);
});

t.test('times that the plugin would refuse are refused, with the interval that it will have', async (t) => {
  t.match(told(plugin({ window: '40s' }), around), [/window .* of 40s is less than twice the interval, 30s/]);
  t.match(told(plugin({ window: '40s', interval: '21s', timeout: '22s', maxAge: '2s' })), [
    /window/,
    /timeout .* of 22s exceeds the interval, 21s/,
    /maxAge .* of 2s is less/,
  ]);
  t.strictSame(told(plugin({ window: '40s' })), [], 'without the cluster the interval is not known');
});

t.test('what the cluster lacks is told where the plugin is on', async (t) => {
  const bare: Around = { ...around, addons: {} };
  t.match(told(plugin({}), bare), [/nobody to ask .* addons: {prometheus: {}}, or a prometheusURL/]);
  t.strictSame(told(plugin({ enabled: false }), bare), []);
  t.strictSame(told(plugin({ prometheusURL: 'http://10.0.0.4:9090' }), bare), []);
  const map = { linkCapacity: { w1: '1Gbps', w11: 'auto', '*': '10Gbps' } };
  t.strictSame(told(plugin(map), around), [
    'schedulers.b.plugins.network_traffic.linkCapacity.w11 | no node w11 | did you mean w1?',
  ]);
});

t.test('a version is the plugin as it should be, or defects by their names', async (t) => {
  const of = (version?: string) => schedulerOf({ name: 'b', ...(version !== undefined && { version }) }).specimens;
  t.same([of(), of('fixed'), of('minimally-fixed')], [undefined, undefined, 'minimally-fixed']);
  t.strictSame(told([{ name: 'b', version: 'herding,one-device' }]), []);
  t.match(told([{ name: 'b', version: 'lease-name' }]), [/no version "lease-name"/], 'that one is files');
});

t.test('versions, generations and arguments are those of the Go sources', async (t) => {
  const table = source('specimens', 'README.md').matchAll(/^\| `([a-z-]+)` \| code \|/gm);
  const profiles = source('specimens', 'profiles.go').matchAll(/^\t\w+ = "([a-z-]+)"$/gm);
  const names = [...profiles, ...table].map(([, name = '']) => name);
  t.same([...SPECIMENS].sort(), names.sort());
  const modules = readdirSync(folder).filter((name) => /^k8s\d+$/.test(name));
  const built = modules.map((name) => ({
    version: /k8s\.io\/kubernetes v(\S+)/.exec(source(name, 'go.mod'))?.[1],
    specimens: existsSync(join(folder, name, 'cmd/specimen-scheduler')),
  }));
  t.same([...GENERATIONS].reverse(), built);
  const [, fields = ''] = /^type Args struct \{(.*?)^\}/ms.exec(source('args', 'args.go')) ?? [];
  const keys = [...fields.matchAll(/json:"(\w+),omitempty"/g)].map(([, key = '']) => key);
  t.same(Object.keys(pluginArgs.shape).sort(), [...keys, ...Object.keys(placing)].sort());
});

t.test('durations are read as Go writes them', async (t) => {
  t.same(['2m0s', '2m', '1h0m0.5s', '90', 5].map(goDurationMs), [120_000, 120_000, 3_600_500, undefined, undefined]);
});

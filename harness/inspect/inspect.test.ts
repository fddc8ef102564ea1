/** What a traveller may say: instants, words and commands. */
import t from 'tap';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { apiCommand } from './api-commands.js';
import { hostCommand } from './host-commands.js';
import { locate, parseInstant } from './instant.js';
import { readKubectl } from './kubectl-words.js';
import { parseTcpdump } from './tcpdump.js';
import { splitWords } from './words.js';

t.test('instants are absolute, the end, or hang on a step', async (t) => {
  t.same(parseInstant('42s'), { kind: 'at', at: 42_000_000 });
  t.same(parseInstant('1m30s'), { kind: 'at', at: 90_000_000 });
  t.same(parseInstant('treatment+1m0.5s'), { kind: 'step', step: 'treatment', offset: 60_500_000 });
  t.same(parseInstant('end'), { kind: 'end' });
  t.same(parseInstant('treatment'), { kind: 'step', step: 'treatment', offset: 0 });
  t.same(parseInstant('treatment+12s'), { kind: 'step', step: 'treatment', offset: 12_000_000 });
  t.same(parseInstant('treatment-500ms'), { kind: 'step', step: 'treatment', offset: -500_000 });
  t.same(parseInstant('step3+1ms'), { kind: 'step', step: 2, offset: 1000 });
  for (const text of [
    '',
    '42',
    'now',
    '-5s',
    'treatment+',
    'treatment+soon',
    'step',
    'end+5s',
    '1m 30s',
    '1m-3s',
    'step1+-3s',
  ]) {
    t.throws(() => parseInstant(text), { name: 'Failure', exitCode: 2 }, text);
  }
  t.throws(() => parseInstant('-5s'), { message: '-5s is before the first step' });
  t.throws(() => parseInstant('step0'), { message: 'step0: steps count from 1' });
});

t.test('a step lies where the history saw it start; before the first step there is nothing', async (t) => {
  const steps = [{ index: 0 }, { index: 1, treatment: true }];
  const arm = { name: 'treatment', steps } as unknown as ArmSpec;
  const history: HistoryRecord[] = [0, 1].map((step) => {
    return { kind: 'step', at: step * 5_000_000, list: 'steps', step, name: '', phase: 'start' };
  });
  t.equal(locate(parseInstant('treatment+2s'), arm, history), 7_000_000);
  t.equal(locate(parseInstant('treatment-5s'), arm, history), 0);
  t.throws(() => locate(parseInstant('step1-2s'), arm, history), { message: 'step1-2s is before the first step' });
  t.throws(() => locate(parseInstant('treatment-100s'), arm, history), { message: /before the first step/ });
  t.equal(locate(parseInstant('24h'), arm, history), 86_400_000_000);
  for (const text of ['1000h', '24h1us', 'treatment+24h'])
    t.throws(() => locate(parseInstant(text), arm, history), { exitCode: 2, message: /too far/ }, text);
  t.equal(locate(parseInstant('end'), arm, history), 5_000_000);
  t.throws(() => locate(parseInstant('step3'), arm, history), {
    name: 'Failure',
    exitCode: 2,
    message: /never came to step 3/,
  });
});

t.test('words are split as a shell splits them', async (t) => {
  t.same(splitWords('  tcpdump  -i eth0 "arp or icmp" it\\ s \'a b\'c ""'), [
    'tcpdump',
    '-i',
    'eth0',
    'arp or icmp',
    'it s',
    'a bc',
    '',
  ]);
  t.same(splitWords(''), []);
});

t.test('commands are known in their usual spellings', async (t) => {
  const known = [
    ...[
      'ip a',
      'ip -br a',
      'ip -4 addr show',
      'ip addr show dev eth0',
      'ip -brief address',
      'ip a s lo',
      'ip link',
      'ip link show dev eth0',
    ],
    ...[
      'ip r get 10.0.0.1',
      'ip route get 10.0.0.1',
      'ip route show table local',
      'ip r ls table 255',
      'ip neigh',
      'ip n show',
      'ip neigh show dev eth0',
      'ipvsadm -L -n',
    ],
    ...['ipvsadm -ln', 'ipvsadm -Ln', 'ss -tn', 'ss -t -n -p', 'iptables -S', 'nft list ruleset', 'nstat -az'],
  ];
  for (const command of known) t.ok(hostCommand(splitWords(command)), command);
  const unknown = [
    'ip',
    'ip route flush',
    'ip route get',
    'ip link set eth0 up',
    'ipvsadm -C',
    'rm -rf /',
    'ss -K',
    'iptables -F',
    '',
  ];
  for (const command of unknown) t.notOk(hostCommand(splitWords(command)), command);
});

t.test('kubectl gets four kinds, and changes nothing', async (t) => {
  const ask = (command: string) => {
    const get = readKubectl(splitWords(command));
    return get && apiCommand(get);
  };
  for (const command of [
    'get nodes',
    'get no -o wide',
    'get pods -A -owide',
    'get svc -n kube-system',
    'get leases --namespace=x',
    '-n kube-system get pods',
    'get node/worker-1',
  ]) {
    t.ok(ask(command), command);
  }
  for (const command of ['delete nodes', 'get secrets', 'get pods -o yaml', 'get', '', 'get pods -n', 'get node/'])
    t.notOk(ask(command), command);
});

t.test('the options of kubectl stand anywhere', async (t) => {
  const plain = { type: 'pods', names: [], namespace: 'default', everywhere: false, wide: false };
  t.same(readKubectl(splitWords('get pods')), plain);
  for (const command of ['-n x get pods', 'get -n x pods', 'get pods -nx', 'get pods -n=x', '--namespace x get pods'])
    t.same(readKubectl(splitWords(command)), { ...plain, namespace: 'x' }, command);
  t.same(readKubectl(splitWords('get pods a b -o=wide')), { ...plain, names: ['a', 'b'], wide: true });
  t.same(readKubectl(splitWords('get pods/a -A')), { ...plain, names: ['a'], everywhere: true });
});

t.test('tcpdump reads its options as getopt does, and refuses by name what it does not know', async (t) => {
  const all = { count: Number.POSITIVE_INFINITY, filter: '' };
  t.same(parseTcpdump([]), all);
  t.same(parseTcpdump(splitWords('-nn -i any arp or icmp')), { ...all, filter: 'arp or icmp' });
  t.same(parseTcpdump(splitWords('-nni eth0 -c 3')), { filter: '', device: 'eth0', count: 3 });
  t.same(parseTcpdump(splitWords('-lieth0 -c3 arp')), { filter: 'arp', device: 'eth0', count: 3 });
  const refusals = [
    ['-e', /-e is not/],
    ['-nv arp', /-v is not/],
    ['-tttt', /-t is not/],
    ['-i', /requires an argument/],
    ['-c 0', /count 0/],
    ['host worker-1', /not understood at worker-1$/],
    ['bad filter', /not understood at bad$/],
    ['port 99999', /not understood at 99999$/],
  ] as const;
  for (const [command, message] of refusals)
    t.throws(() => parseTcpdump(splitWords(command)), { name: 'Failure', exitCode: 2, message }, command);
});

/** What a traveller may say: instants, words and commands. */
import t from 'tap';
import type { ArmSpec } from '../../src/plan/plan.js';
import type { HistoryRecord } from '../../src/verdict/history.js';
import { apiCommand } from './api-commands.js';
import { hostCommand } from './host-commands.js';
import { locate, parseInstant } from './instant.js';
import { splitWords } from './words.js';

t.test('instants are absolute, the end, or hang on a step', async (t) => {
  t.same(parseInstant('42s'), { kind: 'at', at: 42_000_000 });
  t.same(parseInstant('end'), { kind: 'end' });
  t.same(parseInstant('treatment'), { kind: 'step', step: 'treatment', offset: 0 });
  t.same(parseInstant('treatment+12s'), { kind: 'step', step: 'treatment', offset: 12_000_000 });
  t.same(parseInstant('treatment-500ms'), { kind: 'step', step: 'treatment', offset: -500_000 });
  t.same(parseInstant('step3+1ms'), { kind: 'step', step: 2, offset: 1000 });
  for (const text of ['', '42', 'now', '-5s', 'treatment+', 'treatment+soon', 'step', 'end+5s']) {
    t.throws(() => parseInstant(text), { name: 'Failure', exitCode: 2 }, text);
  }
});

t.test('a step lies where the history saw it start; before the first step there is nothing', async (t) => {
  const steps = [{ index: 0 }, { index: 1, treatment: true }];
  const arm = { name: 'treatment', steps } as unknown as ArmSpec;
  const history: HistoryRecord[] = [0, 1].map((step) => {
    return { kind: 'step', at: step * 5_000_000, list: 'steps', step, name: '', phase: 'start' };
  });
  t.equal(locate(parseInstant('treatment+2s'), arm, history), 7_000_000);
  t.equal(locate(parseInstant('step1-2s'), arm, history), 0);
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
    ...['ip a', 'ip -br a', 'ip -4 addr show', 'ip addr show dev eth0', 'ip -brief address', 'ip a s lo'],
    ...[
      'ip r get 10.0.0.1',
      'ip route get 10.0.0.1',
      'ip route show table local',
      'ip r ls table 255',
      'ip neigh',
      'ip n show',
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
  for (const command of [
    'get nodes',
    'get no -o wide',
    'get pods -A -owide',
    'get svc -n kube-system',
    'get leases --namespace=x',
  ]) {
    t.ok(apiCommand(splitWords(command)), command);
  }
  for (const command of ['delete nodes', 'get secrets', 'get pods -o yaml', 'get', ''])
    t.notOk(apiCommand(splitWords(command)), command);
});

/** What a traveller is told where a tool has nothing to say, or says no, or does not know the words. */
import t from 'tap';
import { packageRoot } from '../package.js';
import { HOSTS, PASSING, start, windtunnel } from './program-fixture.js';

const cwd = t.testdir({ 'hosts.yaml': HOSTS, 'a.yaml': PASSING });
const inspect = (...args: string[]) => windtunnel(cwd, 'inspect', 'a.yaml', ...args);

t.test('a tool that says no says so on standard error, in its own words, exit 1', async (t) => {
  const calls = [
    ['ip route get 192.168.0.999', 'Error: any valid prefix is expected rather than "192.168.0.999".'],
    ['ip addr show dev nope', 'Device "nope" does not exist.'],
    ['tcpdump -nni nope', 'tcpdump: nope: No such device exists'],
  ];
  for (const [command = '', stderr] of calls)
    t.same(await inspect('--at', '2s', command), { exitCode: 1, stdout: '', stderr }, command);
});

t.test('what has no rows prints nothing', async (t) => {
  t.same(await inspect('--at', '2s', 'nft list ruleset'), { exitCode: 0, stdout: '', stderr: '' });
  t.same(await inspect('--at', '2s', 'ip neigh show dev lo'), { exitCode: 0, stdout: '', stderr: '' });
});

t.test('words and instants that are not known end with 2 and say which', async (t) => {
  const calls = [
    [['tcpdump host worker-1'], 'at worker-1'],
    [['--at', '1000h', 'ip neigh'], '1000h is too far'],
    [['--at', 'treatment-100s', 'ip neigh'], 'treatment-100s is before the first step'],
  ] as const;
  for (const [args, stderr] of calls)
    t.match(await inspect(...args), { exitCode: 2, stdout: '', stderr }, args.join(' '));
});

t.test('a misspelt scenario is told with what was meant', async (t) => {
  const near = await windtunnel(packageRoot, 'inspect', 'externalip-is-wroker', 'ip addr');
  t.match(near, { exitCode: 2, stderr: 'did you mean externalip-is-worker?' });
  t.notMatch((await windtunnel(packageRoot, 'inspect', 'zzzzzzzzzzzz', 'ip addr')).stderr, 'did you mean');
});

t.test('the newest Kubernetes with IPVS is taken of several cases; kubectl says once whom it asks', async (t) => {
  const input = 'kubectl get pods\nkubectl get node moon\niptables -S\nnft list ruleset\n';
  const args = ['inspect', 'externalip-is-worker', '--at', '1s'];
  const { stdout, stderr, exitCode } = await start(packageRoot, args, { stdin: undefined, input });
  t.equal(exitCode, 0);
  t.same(String(stderr).split('\n').slice(0, 4), [
    'externalip-is-worker[kubernetes=1.34.2,proxyMode=ipvs], one of 9 cases; --matrix picks another',
    "kubectl is answered over the API server's own loopback, whichever host is named",
    'No resources found in default namespace.',
    'Error from server (NotFound): nodes "moon" not found',
  ]);
  t.match(stdout, '-A KUBE-SERVICES ');
  t.notMatch(stdout, 'table ip kube-proxy');
});

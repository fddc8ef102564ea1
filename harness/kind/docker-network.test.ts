/** A network gets the subnet that is wanted, or the next that is free, and nothing but a taken subnet is tried again. */
import t from 'tap';
import { ExitCode } from '../../src/verdict/merge.js';
import { Docker } from './docker.js';
import { makeNetwork } from './docker-network.js';
import { StandIns } from './stand-in.js';

/** What Docker 20.10 says. */
const OVERLAP = 'Error response from daemon: Pool overlaps with other one on this address space';

/** A daemon that refuses these subnets, a pattern of sh. */
function daemon(folder: string, taken: string, said: string): StandIns {
  return new StandIns(folder, { docker: `case "$*" in ${taken}) echo '${said}' >&2; exit 1 ;; esac` });
}

const subnets = (standIns: StandIns) =>
  standIns.calls('docker').map(({ words }) => words[words.indexOf('--subnet') + 1]);
const make = (wanted: string) => makeNetwork(new Docker(), 'wt-a-net', 'label-a', wanted);

t.test('a bridge of its own, IPv4 only, with the label', async (t) => {
  const standIns = daemon(t.testdir(), 'nothing', '');
  t.equal(await make('172.30.0.0/24'), '172.30.0.0/24');
  const [{ text = '' } = {}] = standIns.calls('docker');
  t.match(text, /^network create --driver bridge --subnet 172\.30\.0\.0\/24 --gateway 172\.30\.0\.1 /);
  t.match(text, / --label kube-windtunnel\.label=label-a wt-a-net$/);
  t.notMatch(text, /ipv6/);
});

t.test('where it is taken, the next one of its size that is free', async (t) => {
  const standIns = daemon(t.testdir(), '*172.30.0.0/24*|*172.28.0.0/24*|*172.28.1.0/24*', OVERLAP);
  t.equal(await make('172.30.0.0/24'), '172.28.2.0/24');
  t.same(subnets(standIns), ['172.30.0.0/24', '172.28.0.0/24', '172.28.1.0/24', '172.28.2.0/24']);
  t.match(standIns.calls('docker').at(-1)?.text, '--gateway 172.28.2.1 ');
});

t.test('a larger one is aligned to its size', async (t) => {
  daemon(t.testdir(), '*172.30.0.0/20*', OVERLAP);
  t.equal(await make('172.30.0.0/20'), '172.28.0.0/20');
});

t.test('any other refusal ends it, with the call and what the daemon said', async (t) => {
  const exists = 'Error response from daemon: network with name wt-a-net already exists';
  const standIns = daemon(t.testdir(), '*', exists);
  const message = new RegExp(`^docker network create --driver bridge .* wt-a-net: exit 1\n${exists}$`);
  await t.rejects(make('172.30.0.0/24'), { message, exitCode: ExitCode.infraError });
  t.equal(subnets(standIns).length, 1);
});

t.test('none free is an error of the environment', async (t) => {
  const standIns = daemon(t.testdir(), '*', OVERLAP);
  const message = 'no free subnet of the size of 172.30.0.0/24 for a Docker network';
  await t.rejects(make('172.30.0.0/24'), { message, exitCode: ExitCode.infraError, hint: /docker network/ });
  t.ok(subnets(standIns).length < 100);
});

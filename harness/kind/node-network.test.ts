/** What a node's ip and /proc say, and what of it is an answer rather than a failure. */
import t from 'tap';
import type { LinuxHost } from '../netns/linux-host.js';
import { NodeNetwork } from './node-network.js';

function networkOf(outcome: {
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}): NodeNetwork {
  const line = { ask: async () => ({ stdout: '', stderr: '', ...outcome }) };
  const host = { name: 'worker-1', options: { line, ns: '' } } as unknown as LinuxHost;
  const clock = { now: () => 0, sleepUntil: async () => {} };
  const tools = { tcpdumpFor: async () => host.options };
  return new NodeNetwork({ host: () => host, at: () => host, all: () => [host] }, clock, tools);
}

t.test('an address that is there already, or not there any more, is an answer', async (t) => {
  t.equal(await networkOf({ code: 0 }).bind('worker-1', '172.28.0.3', 'kube-ipvs0'), true);
  const exists = networkOf({ code: 2, stderr: 'RTNETLINK answers: File exists' });
  t.equal(await exists.bind('worker-1', '172.28.0.3', 'kube-ipvs0'), false);
  for (const stderr of ['Error: ipv4: Address not found.', 'Cannot find device "kube-ipvs0"'])
    t.equal(await networkOf({ code: 2, stderr }).unbind('worker-1', '172.28.0.3', 'kube-ipvs0'), false, stderr);
  const broken = networkOf({ code: 2, stderr: 'RTNETLINK answers: Operation not permitted' });
  await t.rejects(broken.bind('worker-1', '172.28.0.3', 'kube-ipvs0'), /on worker-1: exit 2: .*not permitted/);
});

t.test('a kernel without IPVS has no virtual servers', async (t) => {
  t.same(await networkOf({ code: 1, stderr: 'No such file or directory' }).virtualServers('worker-1'), []);
  const stdout = 'Prot LocalAddress:Port Scheduler Flags\nTCP  AC1C0003:22B8 rr \n';
  t.match(await networkOf({ code: 0, stdout }).virtualServers('worker-1'), [{ address: '172.28.0.3', port: 8888 }]);
});

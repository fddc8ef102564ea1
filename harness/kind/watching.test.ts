/** What is told of a cluster that changes: once, in words, and never earlier than it was seen. */
import { mock } from 'node:test';
import t from 'tap';
import type { ControlPlane } from '../../src/ports/testbed.js';
import type { KubeObject } from '../../src/scenario/model.js';
import type { AgentEvent } from '../netns/line.js';
import type { LinuxHost } from '../netns/linux-host.js';
import { Watching } from './watching.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

const node = (status: string, version: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'worker', resourceVersion: version },
  spec: {},
  status: { conditions: [{ type: 'Ready', status, reason: 'Kubelet', lastTransitionTime: '1970-01-01T00:00:01Z' }] },
});

t.test(
  'changes and lines come in the order in which they were seen, whatever time the API dates them to',
  async (t) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    t.teardown(() => mock.timers.reset());
    let now = 0;
    let nodes = [node('True', '1')];
    const listeners = new Map<number, (event: AgentEvent) => void>();
    const line = {
      number: (listener: (event: AgentEvent) => void) => listeners.set(listeners.size + 1, listener).size,
      ask: async () => {},
    };
    const host = { name: 'worker-1', options: { line, ns: '' } } as unknown as LinuxHost;
    const controlPlane = { list: async (kind: string) => (kind === 'Node' ? nodes : []) } as unknown as ControlPlane;
    const watching = new Watching(controlPlane, { epoch: 0, now: () => now, sleepUntil: async () => {} });
    await watching.start([{ host, isControlPlane: false }]);
    const look = async () => {
      mock.timers.tick(500);
      for (let i = 0; i < 4; i++) await settled();
    };
    await look();
    t.same(watching.since(0), [], 'what was there is no news');
    now = 5_000_000;
    listeners.get(1)?.({ event: 'line', number: 1, at: 0, line: 'a line' });
    nodes = [node('Unknown', '2')];
    await look();
    t.same(watching.since(5_000_000), [
      { kind: 'log', at: 5_000_000, host: 'worker-1', component: 'kubelet', line: 'a line' },
      { kind: 'object', at: 5_000_000, object: 'Node worker', change: 'Ready=Unknown (Kubelet)' },
    ]);
    t.equal(listeners.size, 2, 'kubelet and kube-proxy; the API server is on control planes');
    nodes = [];
    now = 6_000_000;
    await look();
    t.match(watching.since(5_000_001), [{ change: 'deleted' }]);
    watching.end();
  },
);

/** What is told of a cluster that changes: once, in words, and never earlier than it was seen. */
import { mock } from 'node:test';
import t from 'tap';
import type { KubeObject } from '../../src/scenario/model.js';
import type { AgentEvent, Request } from '../netns/line.js';
import type { LinuxHost } from '../netns/linux-host.js';
import type { ApiRequest } from './api-request.js';
import { Watching, type WatchingParts } from './watching.js';

const settled = async () => {
  for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve));
};

const node = (status: string, version: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'worker', resourceVersion: version },
  spec: {},
  status: { conditions: [{ type: 'Ready', status, reason: 'Kubelet', lastTransitionTime: '1970-01-01T00:00:01Z' }] },
});

/** One agent for all hosts. What runs is found by a word of its command. */
class Agent {
  readonly listeners = new Map<number, (event: AgentEvent) => void>();
  readonly running = new Map<number, string>();
  /** Of curl, when it starts. */
  first = 'HTTP/2 200';
  now = 0;
  readonly said: string[] = [];

  readonly line = {
    broken: undefined,
    number: (listener: (event: AgentEvent) => void) => this.listeners.set(this.listeners.size + 1, listener).size,
    forget: (number: number) => this.listeners.delete(number),
    ask: async ({ do: what, number, argv }: Request) => {
      if (what === 'kill') this.running.delete(Number(number));
      else this.running.set(Number(number), (argv as string[]).join(' '));
      if (what === 'start' && (argv as string[])[0] === 'curl') this.print(this.first, Number(number));
    },
  } as unknown as WatchingParts['line'];

  readonly host = { name: 'worker-1', options: { line: this.line, ns: '' } } as unknown as LinuxHost;

  print(line: string, number: number): void {
    this.listeners.get(number)?.({ event: 'line', number, at: 0, line });
  }

  numberOf(word: string): number {
    const [number = 0] = [...this.running].find(([, command]) => command.includes(word)) ?? [];
    return number;
  }

  watching(): Watching {
    const request = async ({ path }: ApiRequest) => {
      const items = path === '/api/v1/nodes' ? [node('True', '1')] : [];
      return { status: 200, body: { metadata: { resourceVersion: '1' }, items } };
    };
    const clock = { epoch: 0, now: () => this.now, sleepUntil: async () => {} };
    return new Watching({ request, line: this.line, clock, say: (text) => this.said.push(text) });
  }
}

const changed = (type: string, object: KubeObject) => JSON.stringify({ type, object });

t.test(
  'changes and lines come in the order in which they were seen, whatever time the API dates them to',
  async (t) => {
    const agent = new Agent();
    const watching = agent.watching();
    await watching.start([{ host: agent.host, isControlPlane: false }]);
    t.same(watching.since(0), [], 'what was there is no news');
    const nodes = agent.numberOf('/api/v1/nodes?');
    agent.now = 5_000_000;
    agent.print('a line', agent.numberOf('--unit=kubelet'));
    agent.print(changed('MODIFIED', node('Unknown', '2')), nodes);
    agent.now = 5_300_000;
    agent.print(changed('MODIFIED', node('True', '3')), nodes);
    t.same(watching.since(5_000_000), [
      { kind: 'log', at: 5_000_000, host: 'worker-1', component: 'kubelet', line: 'a line' },
      { kind: 'object', at: 5_000_000, object: 'Node worker', change: 'Ready=Unknown (Kubelet)' },
      { kind: 'object', at: 5_300_000, object: 'Node worker', change: 'Ready=True (Kubelet)' },
    ]);
    t.equal(agent.running.size, 6, 'four kinds, kubelet and kube-proxy; the API server is on control planes');
    agent.now = 6_000_000;
    agent.print(changed('DELETED', node('True', '4')), nodes);
    t.match(watching.since(5_300_001), [{ change: 'deleted' }]);
    await watching.end();
  },
);

t.test('an Event is told of the object that it is about, and again when it has happened again', async (t) => {
  const agent = new Agent();
  const watching = agent.watching();
  await watching.start([]);
  const events = agent.numberOf('/api/v1/events?');
  const failed = (version: string, count: number) => ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'web.1', namespace: 'default', uid: 'e', resourceVersion: version },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web' },
    ...{ reason: 'FailedScheduling', message: '0/3 nodes are available', count },
    source: { component: 'default-scheduler' },
  });
  const told = { kind: 'object', at: 0, object: 'Pod default/web' };
  const change = 'event FailedScheduling of default-scheduler: 0/3 nodes are available';
  agent.print(changed('ADDED', failed('2', 1)), events);
  t.same(watching.since(0), [{ ...told, change }]);
  agent.print(changed('MODIFIED', failed('3', 1)), events);
  agent.print(changed('MODIFIED', failed('4', 2)), events);
  agent.print(changed('DELETED', failed('5', 2)), events);
  t.same(watching.since(0), [
    { ...told, change },
    { ...told, change },
  ]);
  await watching.end();
});

t.test('it ends its streams, and nothing is told after', async (t) => {
  const agent = new Agent();
  const watching = agent.watching();
  await watching.start([{ host: agent.host, isControlPlane: true }]);
  const [nodes, kubelet] = [agent.numberOf('/api/v1/nodes?'), agent.numberOf('--unit=kubelet')];
  await watching.end();
  agent.print(changed('MODIFIED', node('Unknown', '2')), nodes);
  agent.print('a line', kubelet);
  t.same(watching.since(0), []);
  t.equal(agent.numberOf('curl'), 0);
  t.not(agent.numberOf('kube-apiserver-'), 0, 'a log ends with its agent');
});

t.test('an API server that lists and does not stream is an error, with what it said', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  t.teardown(() => mock.timers.reset());
  const agent = new Agent();
  agent.first = '{"kind":"Status","code":403,"message":"nodes is forbidden"}';
  const watching = agent.watching();
  const started = watching.start([]);
  const failed = t.rejects(started, { name: 'Failure', message: /stream changes.*last seen: 403 nodes is forbidden/ });
  for (let second = 0; second <= 61; second++) {
    await settled();
    mock.timers.tick(1000);
  }
  await failed;
  t.match(agent.said, [/^waiting for the API server to stream changes .*: 403 nodes is forbidden$/]);
  await watching.end();
});

import t from 'tap';
import type { KubeObject } from '../../src/scenario/model.js';
import type { Request } from '../netns/line.js';
import type { LinuxHost } from '../netns/linux-host.js';
import { PodPlaces } from './pod-places.js';

interface Fake {
  readonly ns: string;
  readonly ask: (request: Request) => Promise<unknown>;
}

const hostOf = (name: string, { ns, ask }: Fake) => ({ name, options: { ns, line: { ask } } }) as unknown as LinuxHost;
const podOf = (phase: string, podIP: string, hostNetwork = false): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'client', namespace: 'default' } },
  ...{ spec: { nodeName: 'wt-worker', hostNetwork }, status: { phase, podIP } },
});
const CLIENT = { kind: 'pod', pod: 'client', namespace: 'default' } as const;
const settled = () => new Promise((resolve) => setImmediate(resolve));

function setting(pod: KubeObject | undefined, namespaces: Readonly<Record<string, string>>) {
  const bed = { pod, now: 0, asked: 0 };
  const ask = async ({ argv }: Request) => {
    bed.asked++;
    const found = namespaces[(argv as readonly string[]).at(-1) ?? ''];
    return { code: found === undefined ? 1 : 0, stdout: `${found}\n`, stderr: '' };
  };
  const places = new PodPlaces({
    now: () => bed.now,
    get: async () => bed.pod,
    nodeHost: (name) => hostOf(name, { ns: '', ask }),
    addHost: (name, _node, ns) => hostOf(name, { ns, ask }),
  });
  return { bed, places };
}

t.test('a running pod is its network namespace on its node', async (t) => {
  const { bed, places } = setting(podOf('Running', '10.244.1.7'), { '10.244.1.7': 'cni-1f' });
  const host = await places.find(CLIENT);
  t.match([host.name, host.options.ns], ['pod/default/client', 'cni-1f']);
  t.equal(await places.find(CLIENT), host);
  t.equal(bed.asked, 1, 'looked for once');
});

t.test("a pod in its node's network stands where the node stands", async (t) => {
  const { places } = setting(podOf('Running', '172.30.0.3', true), {});
  t.match((await places.find(CLIENT)).name, 'wt-worker');
});

t.test('a pod whose namespace is not there is no place, least of all its node', async (t) => {
  const { places } = setting(podOf('Running', '10.244.1.7'), {});
  await t.rejects(places.find(CLIENT), /default\/client has no network namespace with 10\.244\.1\.7 on wt-worker/);
});

t.test('a pod that does not run is no place', async (t) => {
  await t.rejects(setting(podOf('Pending', ''), {}).places.find(CLIENT), /default\/client does not run: Pending/);
  await t.rejects(setting(undefined, {}).places.find(CLIENT), /no pod default\/client/);
});

t.test('a pod is found when it has come, and anew when it was forgotten', async (t) => {
  const { bed, places } = setting(undefined, { '10.244.1.7': 'cni-1f' });
  t.equal(places.known(CLIENT), undefined);
  await settled();
  bed.pod = podOf('Running', '10.244.1.7');
  t.equal(places.known(CLIENT), undefined, 'asked for at most once a second');
  await settled();
  t.equal(places.known(CLIENT), undefined);
  bed.now = 1000;
  places.known(CLIENT);
  await settled();
  t.equal(places.known(CLIENT)?.options.ns, 'cni-1f');
  places.forget(CLIENT);
  bed.now = 2000;
  t.equal(places.known(CLIENT), undefined);
});

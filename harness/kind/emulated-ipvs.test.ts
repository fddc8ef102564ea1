/** What is bound by hand, where, and when it goes again. The cluster here is a list of Services, and a network that remembers addresses. */
import { mock } from 'node:test';
import t, { type Test } from 'tap';
import type { ControlPlane, Network } from '../../src/ports/testbed.js';
import type { KubeObject } from '../../src/scenario/model.js';
import { EmulatedIpvs } from './emulated-ipvs.js';
import { TWO_NODES } from './stand-in.js';

const service = (name: string, spec: object, status = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec,
  status,
});
/** Of the worker. */
const OWNED = service('owned', { externalIPs: ['172.30.0.3'] });

/** Until all is done that is done now. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** And what is done a second later. */
async function second(): Promise<void> {
  mock.timers.tick(1000);
  await settled();
}

function emulated(test: Test, kubernetes: string) {
  const services: KubeObject[] = [OWNED];
  const bound = new Set<string>();
  const cut = new Set<string>();
  const network = {
    bind: async (...words: readonly string[]) => Boolean(bound.add(words.join(' '))),
    unbind: async (...words: readonly string[]) => bound.delete(words.join(' ')),
  } as unknown as Network;
  const controlPlane = { list: async () => [...services] } as unknown as ControlPlane;
  const ask = async (node: string) => !cut.has(node);
  const errors: Error[] = [];
  const broken = (error: Error) => void errors.push(error);
  const it = new EmulatedIpvs({ controlPlane, network, cluster: { ...TWO_NODES, kubernetes }, ask, broken });
  mock.timers.enable({ apis: ['setTimeout'] });
  test.teardown(() => mock.timers.reset());
  return { it, services, bound, cut, network, controlPlane, errors };
}

t.test('since 1.27.2 an address is bound on every node but its owner', async (t) => {
  const { it, bound } = emulated(t, '1.34.2');
  it.start();
  await settled();
  t.same([...bound], ['cp 172.30.0.3 kube-ipvs0']);
});

t.test('before, on its owner too', async (t) => {
  const { it, bound } = emulated(t, '1.27.1');
  it.start();
  await settled();
  t.same([...bound].sort(), ['cp 172.30.0.3 kube-ipvs0', 'w1 172.30.0.3 kube-ipvs0']);
});

t.test('addresses of load balancers too, each once; those of IPv6 and names are none', async (t) => {
  const { it, services, bound } = emulated(t, '1.34.2');
  const ingress = [{ ip: '172.30.0.99' }, { hostname: 'a.example' }, { ip: 'fd00::1' }];
  services.push(service('balanced', { externalIPs: ['172.30.0.3', 'fd00::2'] }, { loadBalancer: { ingress } }));
  services.push(service('plain', {}));
  it.start();
  await settled();
  const far = ['cp 172.30.0.99 kube-ipvs0', 'w1 172.30.0.99 kube-ipvs0'];
  t.same([...bound].sort(), ['cp 172.30.0.3 kube-ipvs0', ...far]);
});

t.test('a node that does not reach the API server keeps what it had, and learns nothing', async (t) => {
  const { it, services, bound, cut } = emulated(t, '1.27.1');
  it.start();
  await settled();
  cut.add('cp');
  services.splice(0, 1, service('next', { externalIPs: ['172.30.0.98'] }));
  await second();
  t.same([...bound].sort(), ['cp 172.30.0.3 kube-ipvs0', 'w1 172.30.0.98 kube-ipvs0'], 'the other one has heard');
  cut.clear();
  await second();
  t.same([...bound].sort(), ['cp 172.30.0.98 kube-ipvs0', 'w1 172.30.0.98 kube-ipvs0']);
});

t.test('at the end nothing is bound, not even on a node that hears nothing, and nothing comes back', async (t) => {
  const { it, services, bound, cut } = emulated(t, '1.27.1');
  it.start();
  await settled();
  cut.add('cp').add('w1');
  await it.end();
  t.same([...bound], []);
  cut.clear();
  services.push(service('late', { externalIPs: ['172.30.0.98'] }));
  await second();
  t.same([...bound], []);
});

t.test('an end in the middle of a look is one', async (t) => {
  const { it, services, bound } = emulated(t, '1.34.2');
  it.start();
  await it.end();
  t.same([...bound], []);
  services.push(service('late', { externalIPs: ['172.30.0.98'] }));
  await second();
  t.same([...bound], []);
});

t.test('an API server that is away for a while ends nothing', async (t) => {
  const { it, bound } = emulated(t, '1.34.2');
  const { list } = it.options.controlPlane;
  let failed = 0;
  (it.options.controlPlane as { list: unknown }).list = async () => {
    if (failed++ === 0) throw new Error('not reached');
    return list.call(it.options.controlPlane, 'Service');
  };
  it.start();
  await settled();
  t.same([...bound], []);
  await second();
  t.same([...bound], ['cp 172.30.0.3 kube-ipvs0']);
});

t.test('an address that cannot be bound ends the arm; an API server that is not reached does not', async (t) => {
  const { it, network, controlPlane, errors } = emulated(t, '1.34.2');
  const list = controlPlane.list;
  controlPlane.list = async () => Promise.reject(new Error('no answer'));
  it.start();
  await settled();
  t.same(errors, []);
  controlPlane.list = list;
  network.bind = async () => Promise.reject(new Error('Operation not permitted'));
  await second();
  t.match(errors, [{ message: 'Operation not permitted' }]);
});

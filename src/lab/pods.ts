/**
 * Pods behind their nodes, routed natively: the table of §2.5 and E15 of externalip-outage.md. Overlays are left out: the real kernel's
 * laboratory makes none. Which second loses its ping hangs on races of ARP; that some do, and that some later do not, does not.
 */
import { SECOND } from '../base/instant.js';
import { ipv4 } from '../base/ip.js';
import { type Answers, type Experiment, inStandardLab, yes } from './experiment.js';
import * as lab from './lab.js';
import { type StandardLab, W1, W2 } from './lab.js';

const PODS = [
  { name: 'pod-1', on: 'w1', address: ipv4('10.244.1.2') },
  { name: 'pod-2', on: 'w2', address: ipv4('10.244.2.2') },
];
/** Longer than an entry stays REACHABLE, is delayed, probed and failed. */
const WATCHED = 90;
/** An entry that was just confirmed is not doubted for so long (half of base_reachable_time). */
const SURE = 10;

/** Routes between the two nodes' pods, and entries that have just been confirmed. */
async function connectPods(at: StandardLab): Promise<void> {
  const to = (address: number) => ({ address: address & ~0xff, length: 24 });
  at.w1.kernel.addRoute({ to: to(ipv4('10.244.2.2')), via: W2, device: 'eth0' });
  at.w2.kernel.addRoute({ to: to(ipv4('10.244.1.2')), via: W1, device: 'eth0' });
  await at.settled();
}

function pods(id: string, title: string, run: (at: StandardLab) => Promise<Answers>): Experiment {
  const connected = async (at: StandardLab) => {
    await connectPods(at);
    return run(at);
  };
  return inStandardLab(id, title, connected, { pods: PODS });
}

async function flapping(at: StandardLab): Promise<Answers> {
  const pod = at.host('pod-1');
  const target = PODS[1]?.address ?? 0;
  const before = await lab.ping(at, pod, target);
  await lab.bind(at, at.w2, W1);
  const nodes = await lab.ping(at, at.w1, W2);
  const startedAt = at.now();
  const answered: boolean[] = [];
  while (at.now() < startedAt + WATCHED * SECOND) {
    answered.push((await lab.ping(at, pod, target)) === 'ok');
    // The other way round: each probe of that node's entry teaches this one the MAC anew.
    await lab.ping(at, at.host('pod-2'), pod.address);
    await at.sleep(SECOND / 2);
  }
  const firstLoss = answered.indexOf(false);
  return {
    before,
    'node to node, bound': nodes,
    'pod to pod survives at first': yes(answered.slice(0, SURE / 2).every(Boolean)),
    'some are lost later': yes(firstLoss >= 0),
    'and some are answered again': yes(firstLoss >= 0 && answered.slice(firstLoss).includes(true)),
  };
}

export const POD_TRAFFIC: readonly Experiment[] = [
  pods('2.5 native routing', 'pods of two nodes reach each other by their nodes’ addresses', async (at) => {
    const target = PODS[1]?.address ?? 0;
    await lab.serve(at, at.host('pod-2'), 80);
    return {
      ping: await lab.ping(at, at.host('pod-1'), target),
      TCP: (await lab.connect(at, at.host('pod-1'), target, 80)).outcome,
    };
  }),
  pods('E15', 'a node’s address bound on its peer: pods go on, and then lose some', flapping),
];

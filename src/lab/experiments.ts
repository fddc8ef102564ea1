/**
 * The experiments E1 to E20 of externalip-outage.md §6 as far as the model goes: no IPv6 (E16), no VXLAN (E14). E11 and E12 are rows of
 * tables.ts. Of E19 the log is left out: user-mode Linux comes without CONFIG_IP_ROUTE_VERBOSE. No answer stands here: a kernel
 * gives them.
 */
import { SECOND } from '../base/instant.js';
import { serviceKey } from '../net/sockets.js';
import { type Answers, type Experiment, inStandardLab, yes } from './experiment.js';
import * as lab from './lab.js';
import { CP, NO_RULES, OUTER, type StandardLab, W1 } from './lab.js';

async function sendsAfterPeerBound(at: StandardLab): Promise<Answers> {
  const { cp, w1 } = at;
  let serverEnd = 'standing';
  cp.kernel.listen(null, 6443, 'server', (socket) => {
    socket.handlers = {
      closed: (why) => {
        serverEnd = why;
      },
    };
    const push = () => {
      socket.send('tick', 10);
      if (serverEnd === 'standing') cp.kernel.after(SECOND, push);
    };
    push();
  });
  await at.settled();
  const held = await lab.hold(at, w1, CP, 6443);
  await at.sleep(1.5 * SECOND);
  await lab.bind(at, cp, W1);
  held?.socket.send('question', 100);
  await at.sleep(2.5 * SECOND);
  return { 'the binder’s end': serverEnd, 'the other end': held?.ended() ?? 'never stood' };
}

/** How often E5 tries, and for how long: longer than an entry can stay REACHABLE (45 s), be delayed (5 s) and probed (3 s). */
const E5_FOR = 66 * SECOND;

async function errorsOverTime(at: StandardLab): Promise<Answers> {
  const { cp, w1 } = at;
  await lab.serve(at, cp, 6443);
  const before = await lab.connect(at, w1, CP, 6443);
  await lab.bind(at, cp, W1);
  const bound = at.now();
  const states = new Set<string>();
  const outcomes: string[] = [];
  let firstUnreachable: number | undefined;
  while (at.now() < bound + E5_FOR) {
    const { outcome } = await lab.connect(at, w1, CP, 6443);
    outcomes.push(outcome);
    if (outcome === 'EHOSTUNREACH') firstUnreachable ??= at.now() - bound;
    states.add(await w1.neighbour(CP));
    if (outcome !== 'timeout') await at.sleep(0.5 * SECOND);
  }
  const late = firstUnreachable ?? 0;
  return {
    before: before.outcome,
    'at first': outcomes[0] ?? '',
    'first EHOSTUNREACH 18 to 62 s later': yes(late >= 18 * SECOND && late <= 62 * SECOND),
    'states seen': ['REACHABLE', 'DELAY', 'PROBE', 'INCOMPLETE'].filter((state) => states.has(state)).join(' '),
    'outcomes seen': [...new Set(outcomes)].sort().join(' '),
  };
}

async function unbindDuringBackOff(at: StandardLab): Promise<Answers> {
  const { cp, w1 } = at;
  await lab.serve(at, cp, 6443);
  await w1.setPermanentNeighbour(CP, cp);
  await lab.bind(at, cp, W1);
  const startedAt = at.now();
  const connecting = at.wait<number>((answer) => {
    const socket = w1.kernel.connect(CP, 6443, { process: 'nc' });
    socket.handlers = { established: () => answer(at.now() - startedAt) };
    // On its own: the waiting goes on meanwhile.
    w1.kernel.after(6 * SECOND, () => cp.kernel.deleteAddress(lab.DUMMY, W1));
  }, 30 * SECOND);
  const took = await connecting;
  return { 'stands after seconds': took === undefined ? 'never' : String(Math.floor(took / SECOND)) };
}

async function serverAddressBound(at: StandardLab): Promise<Answers> {
  const { cp, w1 } = at;
  await lab.serve(at, cp, 6443);
  const held = await lab.hold(at, w1, CP, 6443);
  await at.sleep(SECOND);
  await lab.bind(at, w1, CP);
  await at.sleep(2 * SECOND);
  const idle = held?.ended() ?? 'never stood';
  held?.socket.send('heartbeat', 100);
  await at.sleep(SECOND);
  const refused = await lab.connect(at, w1, CP, 6443);
  // Slower than the kernel by what a laboratory on a wall clock takes to hear of it; a time-out takes two seconds.
  return {
    'while idle': idle,
    'after the next send': held?.ended() ?? 'never stood',
    'a new connection': refused.outcome,
    'refused within a second': yes(refused.took < SECOND),
    ping: await lab.ping(at, w1, CP),
  };
}

async function manyAnswerArp(at: StandardLab): Promise<Answers> {
  const { outer, cp, w1, w2 } = at;
  await lab.serve(at, cp, 6443);
  for (const node of [w1, w2]) await lab.bind(at, node, CP);
  const loose = await outer.arpAnswers(CP);
  for (const { kernel } of [cp, w1, w2]) kernel.setSysctl('net.ipv4.conf.all.arp_ignore', '1');
  await at.settled();
  const strict = await outer.arpAnswers(CP);
  await outer.flushNeighbours();
  const { outcome } = await lab.connect(at, outer, CP, 6443);
  return { 'who answers': String(loose), 'with arp_ignore=1': String(strict), 'a connection then': outcome };
}

async function martiansAreCounted(at: StandardLab): Promise<Answers> {
  const { cp, w1 } = at;
  const first = await lab.ping(at, w1, CP);
  await lab.bind(at, cp, W1);
  const before = await at.martians();
  for (let i = 0; i < 3; i++) await lab.ping(at, w1, CP);
  return { before: first, 'counted for three pings': String((await at.martians()) - before) };
}

async function oneTranslatedPort(at: StandardLab): Promise<Answers> {
  const { cp, w1, w2 } = at;
  await lab.serve(at, cp, 6443);
  await lab.serve(at, w1, 10250);
  const endpoints = [{ ip: CP, port: 6443 }];
  const dnat = new Map([[serviceKey('TCP', W1, 80), { endpoints, local: 'any' as const, masquerade: true }]]);
  w2.kernel.setServiceRules({ ...NO_RULES, dnat });
  await at.settled();
  return {
    ':80': (await lab.connect(at, w2, W1, 80)).outcome,
    ':10250': (await lab.connect(at, w2, W1, 10250)).outcome,
    ping: await lab.ping(at, w2, W1),
  };
}

async function virtualServers(at: StandardLab): Promise<Answers> {
  const { cp, w1, w2 } = at;
  await lab.serve(at, w2, 80);
  const vip = W1 + 100;
  await lab.bind(at, cp, vip);
  // As kube-proxy sets it, and the only value that the model has.
  cp.kernel.setSysctl('net.ipv4.vs.conntrack', '1');
  cp.kernel.ipvs.addServer({ protocol: 'TCP', ip: vip, port: 8888 });
  cp.kernel.setServiceRules({ ...NO_RULES, masquerade: new Map([[serviceKey('TCP', vip, 8888), true]]) });
  await at.settled();
  const empty = [await lab.connect(at, cp, vip, 8888), await lab.connect(at, w1, vip, 8888)];
  cp.kernel.ipvs.setDestinations('TCP', vip, 8888, [{ ip: w2.address, port: 80 }]);
  await at.settled();
  return {
    'without destinations, from the node': empty[0]?.outcome ?? '',
    'without destinations, from another': empty[1]?.outcome ?? '',
    'with one, from the node': (await lab.connect(at, cp, vip, 8888)).outcome,
    'with one, from another': (await lab.connect(at, w1, vip, 8888)).outcome,
    'another port': (await lab.connect(at, w1, vip, 9999)).outcome,
  };
}

/** KUBE-IPVS-FILTER with nothing allowed. */
async function rejectBound(at: StandardLab, host: lab.LabHost, address: number): Promise<void> {
  host.kernel.setServiceRules({ ...NO_RULES, ipvsFilter: { allowed: new Set(), bound: new Set([address]) } });
  await at.settled();
}

export const EXPERIMENTS: readonly Experiment[] = [
  inStandardLab('E1', 'a bound peer address cuts the peer off although its ARP entry stands', async (at) => {
    const before = await lab.ping(at, at.w1, CP);
    await lab.bind(at, at.cp, W1);
    return { before, entry: await at.w1.neighbour(CP), after: await lab.ping(at, at.w1, CP) };
  }),
  inStandardLab('E2', 'the binder routes the address to lo and answers itself', async (at) => {
    await lab.bind(at, at.cp, W1);
    return { route: await at.cp.route(W1), ping: await lab.ping(at, at.cp, W1) };
  }),
  inStandardLab('E3', 'ARP from the bound address stays unanswered, from another node it is answered', async (at) => {
    await lab.bind(at, at.cp, W1);
    return {
      'asked by w1': String(await at.w1.arpAnswers(CP)),
      'asked by w2': String(await at.w2.arpAnswers(CP)),
      'w1 connects': (await lab.connect(at, at.w1, CP, 6443)).outcome,
      'entry of w1': await at.w1.neighbour(CP),
      'w2 connects': (await lab.connect(at, at.w2, CP, 6443)).outcome,
      'entry of the binder': await at.cp.neighbour(W1),
    };
  }),
  inStandardLab('E4', 'the binder of a standing connection is reset, the other end hears nothing', sendsAfterPeerBound),
  inStandardLab('E5', 'the error changes as the neighbour entry goes through its states', errorsOverTime),
  inStandardLab('E6', 'after the unbind a SYN in back-off completes on its next retransmit', unbindDuringBackOff),
  inStandardLab('E7', 'who binds the server’s address is reset at the next send, then refused', serverAddressBound),
  inStandardLab('E8', 'a listener of the binder answers for the address that it took', async (at) => {
    for (const node of [at.cp, at.w1]) await lab.serve(at, node, 10250);
    await lab.bind(at, at.w1, CP);
    return { 'w1 → cp:10250': (await lab.connect(at, at.w1, CP, 10250)).outcome };
  }),
  inStandardLab('E9', 'with KUBE-IPVS-FILTER it is refused, and ping says port unreachable', async (at) => {
    await lab.serve(at, at.w1, 10250);
    await lab.bind(at, at.w1, CP);
    await rejectBound(at, at.w1, CP);
    return { connect: (await lab.connect(at, at.w1, CP, 10250)).outcome, ping: await lab.ping(at, at.w1, CP) };
  }),
  inStandardLab('E10', 'every binder answers the outer host’s ARP; with arp_ignore=1 only the owner', manyAnswerArp),
  inStandardLab('E13', 'an owner that binds its own address is well; with the filter it refuses all', async (at) => {
    await lab.serve(at, at.w1, 22);
    await lab.bind(at, at.w1, W1);
    const well = await lab.connect(at, at.w2, W1, 22);
    await rejectBound(at, at.w1, W1);
    return { without: well.outcome, with: (await lab.connect(at, at.w2, W1, 22)).outcome };
  }),
  inStandardLab('E17', 'the gateway’s address bound on all nodes cuts the gateway off and nobody else', async (at) => {
    await lab.serve(at, at.cp, 6443);
    for (const node of [at.cp, at.w1, at.w2]) await lab.bind(at, node, OUTER);
    const outer = await lab.connect(at, at.outer, CP, 6443);
    return { 'outer → cp': outer.outcome, 'w1 → cp': (await lab.connect(at, at.w1, CP, 6443)).outcome };
  }),
  inStandardLab('E18', 'DNAT on OUTPUT redirects one port and nothing else', oneTranslatedPort),
  inStandardLab('E19', 'each packet dropped for its source is counted', martiansAreCounted, { alone: true }),
  inStandardLab('E20', 'removing the device heals at once', async (at) => {
    await lab.serve(at, at.cp, 6443);
    await lab.bind(at, at.cp, W1);
    // Well before the third and last ARP request, which then is answered.
    const bound = await lab.connect(at, at.w1, CP, 6443, 1.5 * SECOND);
    at.cp.kernel.deleteDevice(lab.DUMMY);
    await at.settled();
    return { bound: bound.outcome, removed: (await lab.connect(at, at.w1, CP, 6443)).outcome };
  }),
  inStandardLab(
    'VS',
    'a virtual server without destinations refuses, one with a destination translates',
    virtualServers,
  ),
];

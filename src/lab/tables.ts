/** The tables §2.1, §2.2, §2.4 and §2.5 of externalip-outage.md as experiments, a row each. E11 is §2.1, E12 is here too. */
import { SECOND } from '../base/instant.js';
import { type Experiment, inStandardLab, yes } from './experiment.js';
import * as lab from './lab.js';
import { CP, DUMMY, W1 } from './lab.js';

const SETTINGS: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['rp_filter=0', { rp_filter: '0' }],
  ['rp_filter=1', { rp_filter: '1' }],
  ['rp_filter=2', { rp_filter: '2' }],
  ['arp_ignore=1 arp_announce=2', { arp_ignore: '1', arp_announce: '2' }],
  ['route_localnet=1', { route_localnet: '1' }],
  ['accept_local=1 rp_filter=0', { accept_local: '1', rp_filter: '0' }],
  ['accept_local=1 rp_filter=1', { accept_local: '1', rp_filter: '1' }],
];

function binderWith(title: string, settings: Readonly<Record<string, string>>): Experiment {
  return inStandardLab(
    `2.1 ${title}`,
    `${title} on the node that binds: is ARP answered, does TCP connect`,
    async (at) => {
      await lab.serve(at, at.cp, 6443);
      for (const [key, value] of Object.entries(settings)) at.cp.kernel.setSysctl(`net.ipv4.conf.all.${key}`, value);
      await lab.bind(at, at.cp, W1);
      const answers = await at.w1.arpAnswers(CP);
      return { 'ARP answers': String(answers), TCP: (await lab.connect(at, at.w1, CP, 6443)).outcome };
    },
  );
}

const PERMANENT = inStandardLab('2.1 PERMANENT neighbour', 'a permanent entry does not help', async (at) => {
  await lab.serve(at, at.cp, 6443);
  await at.w1.setPermanentNeighbour(CP, at.cp);
  await lab.bind(at, at.cp, W1);
  return { entry: await at.w1.neighbour(CP), TCP: (await lab.connect(at, at.w1, CP, 6443)).outcome };
});

const WITHOUT_LOCAL_ROUTE = ['0', '1', '2'].map((value) =>
  inStandardLab(`E12 rp_filter=${value}`, 'the local route alone is deleted, the address stays', async (at) => {
    await lab.serve(at, at.cp, 6443);
    at.w1.kernel.setSysctl('net.ipv4.conf.all.rp_filter', value);
    await lab.bind(at, at.w1, CP);
    await at.w1.deleteLocalRoute(CP, DUMMY);
    return { TCP: (await lab.connect(at, at.w1, CP, 6443)).outcome };
  }),
);

const LOCALLY_MADE: readonly Experiment[] = [
  inStandardLab('2.2 no listener', 'a connection to a bound address finds nobody', async (at) => {
    await lab.serve(at, at.cp, 6443);
    await lab.bind(at, at.w1, CP);
    return { route: await at.w1.route(CP), TCP: (await lab.connect(at, at.w1, CP, 6443)).outcome };
  }),
  inStandardLab('2.2 wrong listener', 'a listener of the binder answers', async (at) => {
    await lab.serve(at, at.w1, 9100);
    await lab.serve(at, at.cp, 9100);
    await lab.bind(at, at.w1, CP);
    return { TCP: (await lab.connect(at, at.w1, CP, 9100)).outcome, ping: await lab.ping(at, at.w1, CP) };
  }),
  inStandardLab(
    '2.2 virtual server without destinations',
    'the port itself is refused, others are as before',
    async (at) => {
      await lab.serve(at, at.w1, 9100);
      await lab.bind(at, at.w1, CP);
      at.w1.kernel.ipvs.addServer({ protocol: 'TCP', ip: CP, port: 8888 });
      await at.settled();
      return {
        ':8888': (await lab.connect(at, at.w1, CP, 8888)).outcome,
        ':9100': (await lab.connect(at, at.w1, CP, 9100)).outcome,
      };
    },
  ),
];

const seconds = (micros: number) => String(Math.round(micros / SECOND));

const NEIGHBOURS: readonly Experiment[] = [
  inStandardLab('2.4 unknown neighbour', 'nobody has the address: how a SYN ends, and the entry', async (at) => {
    const nobody = W1 + 50;
    const waiting = await lab.connect(at, at.w1, nobody, 80, 1.5 * SECOND);
    const entry = await at.w1.neighbour(nobody);
    await at.sleep(3 * SECOND);
    const { outcome, took } = await lab.connect(at, at.w1, nobody, 80, 6 * SECOND);
    return { 'at first': waiting.outcome, entry, 'in the end': outcome, 'after seconds': seconds(took) };
  }),
  inStandardLab('2.4 learnt by a request', 'who is asked learns the asker, and needs not ask back', async (at) => {
    await lab.serve(at, at.cp, 6443);
    const { outcome } = await lab.connect(at, at.w1, CP, 6443);
    return { TCP: outcome, 'entry of the asker': await at.w1.neighbour(CP), known: known(await at.cp.neighbour(W1)) };
  }),
  inStandardLab('2.4 unbound again', 'how soon the peer answers after the address is released', async (at) => {
    await lab.serve(at, at.cp, 6443);
    await lab.bind(at, at.cp, W1);
    // Well before the third and last ARP request, which then is answered.
    const bound = await lab.connect(at, at.w1, CP, 6443, 1.5 * SECOND);
    await lab.unbind(at, at.cp, W1);
    const { outcome, took } = await lab.connect(at, at.w1, CP, 6443, 5 * SECOND);
    return { bound: bound.outcome, released: outcome, 'within 1.5 s': yes(took <= 1.5 * SECOND) };
  }),
];

/** Which of the states of an entry with a MAC it is in depends on a race of milliseconds. */
function known(state: string): string {
  return yes(['REACHABLE', 'STALE', 'DELAY', 'PROBE'].includes(state));
}

export const TABLES: readonly Experiment[] = [
  ...SETTINGS.map(([title, settings]) => binderWith(title, settings)),
  PERMANENT,
  ...WITHOUT_LOCAL_ROUTE,
  ...LOCALLY_MADE,
  ...NEIGHBOURS,
];

/** Topologies on which the model once said otherwise than Linux, as small as they could be made: experiments with one question. */
import type { Experiment } from './experiment.js';
import { type HostSpec, playTopology, type TopologySpec, type Try } from './topology.js';

interface Regression {
  /** What the model had wrong. */
  readonly what: string;
  readonly spec: TopologySpec;
  readonly tried: Try;
}

function host(name: string, address: string, rest: Partial<HostSpec> = {}): HostSpec {
  const none = { bound: [], conf: {}, neighbours: [], listeners: [], servers: [], filtered: [] };
  return { name, address, ...none, ...rest };
}

const everywhere = [{ address: null, port: 8080 }];

const REGRESSIONS: readonly Regression[] = [
  {
    what: 'arp_ignore=2 looked for a common network at the /32 itself, not at the device',
    spec: {
      seed: '10',
      hosts: [
        host('h1', '10.9.0.2', {
          bound: [{ address: '10.9.0.100', device: 'eth0' }],
          conf: { arp_ignore: '2' },
          listeners: everywhere,
        }),
        host('h2', '10.9.0.3'),
      ],
    },
    tried: { from: 'h2', to: '10.9.0.100', port: 8080 },
  },
  {
    what: 'IPVS to a program of the same host went through the filter once more',
    spec: {
      seed: '1',
      hosts: [
        host('h2', '10.9.0.3', {
          bound: [{ address: '10.9.0.100', device: 'eth0' }],
          listeners: everywhere,
          servers: [
            {
              address: '10.9.0.3',
              port: 80,
              destinations: [{ address: '10.9.0.100', port: 8080 }],
              masquerade: false,
            },
          ],
          filtered: ['10.9.0.100'],
        }),
        host('h3', '10.9.0.4'),
      ],
    },
    tried: { from: 'h3', to: '10.9.0.3', port: 80 },
  },
  {
    what: 'who was sent to itself was masqueraded without any rule',
    spec: {
      seed: 'hairpin',
      hosts: [
        host('h1', '10.9.0.2', { listeners: everywhere }),
        host('h2', '10.9.0.3', {
          servers: [
            { address: '10.9.0.3', port: 80, destinations: [{ address: '10.9.0.2', port: 8080 }], masquerade: false },
          ],
        }),
      ],
    },
    tried: { from: 'h1', to: '10.9.0.3', port: 80 },
  },
  {
    what: 'an ICMP error about a masqueraded packet kept the source of whom the client does not know',
    spec: {
      seed: '27',
      hosts: [
        host('h1', '10.9.0.2', { filtered: ['10.9.0.2'] }),
        host('h4', '10.9.0.5', {
          servers: [
            { address: '10.9.0.5', port: 80, destinations: [{ address: '10.9.0.2', port: 8080 }], masquerade: true },
          ],
        }),
      ],
    },
    tried: { from: 'h1', to: '10.9.0.5', port: 80 },
  },
  {
    what: 'of two that answer ARP the older port answered first; a Linux bridge floods to the newest first',
    spec: {
      seed: '7',
      hosts: [
        host('h1', '10.9.0.2', { bound: [{ address: '10.9.0.4', device: 'dummy0' }], listeners: everywhere }),
        host('h2', '10.9.0.3'),
        host('h3', '10.9.0.4', { listeners: everywhere }),
      ],
    },
    tried: { from: 'h2', to: '10.9.0.4', port: 8080 },
  },
  {
    what: 'a packet that went round until its time to live was over left the connection waiting',
    spec: {
      seed: '181',
      hosts: [
        host('h2', '10.9.0.3', { conf: { accept_local: '1' }, neighbours: [{ address: '10.9.0.6', of: 'h3' }] }),
        host('h3', '10.9.0.4', { neighbours: [{ address: '10.9.0.6', of: 'h2' }] }),
      ],
    },
    tried: { from: 'h2', to: '10.9.0.6', port: 8080 },
  },
];

export const ONCE_WRONG: readonly Experiment[] = REGRESSIONS.map(({ what, spec, tried }, index) => ({
  id: `once wrong ${index + 1}`,
  title: what,
  run: async (maker) => {
    const [outcome = ''] = await playTopology(maker, spec, [tried]);
    return { [`${tried.from} → ${tried.to}:${tried.port}`]: outcome };
  },
}));

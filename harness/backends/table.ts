/** All backends, also those that are not built yet: what they will need is told already. */
import { KIND, NETNS, SIM } from '../../src/plan/capabilities.js';
import { ExitCode } from '../../src/verdict/merge.js';
import { Failure } from '../failure.js';
import type { Backend } from './backend.js';

const GO = {
  program: 'go',
  hint: 'builds Kubernetes binaries; or point KUBEBUILDER_ASSETS at a folder that holds them',
};

export const BACKENDS: readonly Backend[] = [
  {
    name: 'sim',
    summary: 'everything modelled, virtual time, milliseconds a case',
    clock: 'virtual',
    travels: true,
    needs: [],
    capabilities: SIM,
    load: async () => (await import('./sim.js')).bringUp,
  },
  {
    name: 'netns',
    summary: 'modelled control plane over a real Linux network, in user-mode Linux',
    clock: 'wall',
    travels: false,
    needs: [
      {
        program: 'linux.uml',
        debian: 'user-mode-linux',
        isHere: async () => (await import('../netns/drivers.js')).hasKernel(),
      },
      { program: 'ip', debian: 'iproute2' },
      { program: 'ipvsadm', debian: 'ipvsadm' },
      { program: 'ipset', debian: 'ipset' },
      { program: 'iptables-legacy-restore', debian: 'iptables' },
      { program: 'tcpdump', debian: 'tcpdump' },
      { program: 'go', hint: 'Go 1.23 or newer, from go.dev: builds the agent that runs in the kernel, once' },
    ],
    capabilities: NETNS,
    about: async () => ({ lines: (await import('../netns/drivers.js')).aboutKernels(), missing: [] }),
    load: async () => (await import('./netns.js')).bringUp,
  },
  {
    name: 'envtest',
    summary: 'real etcd, kube-apiserver and scheduler over modelled nodes',
    clock: 'wall',
    travels: false,
    needs: [GO],
  },
  {
    name: 'kind',
    summary: 'a whole real cluster in containers',
    clock: 'wall',
    travels: false,
    needs: [
      { program: 'docker', hint: 'a Docker daemon that may run privileged containers', debian: 'docker.io' },
      { program: 'kind', hint: 'go install sigs.k8s.io/kind@v0.30.0' },
      { program: 'go', hint: 'Go 1.23 or newer, from go.dev: builds the agent that runs in the nodes, once' },
    ],
    capabilities: KIND,
    about: async (settings) => (await import('./kind.js')).aboutKind(settings),
    session: async () => (await import('./kind.js')).openSession,
  },
];

export const isBuilt = ({ load, session }: Backend) => load !== undefined || session !== undefined;

/** A backend that is built. */
export type ReadyBackend = Backend & Required<Pick<Backend, 'capabilities'>>;

/** A backend that is there and built; otherwise what to say, with the exit code of usage or of the environment. */
export function findBackend(name: string): ReadyBackend {
  const backend = BACKENDS.find((candidate) => candidate.name === name);
  if (!backend) {
    const names = BACKENDS.map((candidate) => candidate.name).join(', ');
    throw new Failure(
      ExitCode.usage,
      `no backend ${name}`,
      `backends are ${names}; windtunnel doctor tells which can run here`,
    );
  }
  const { capabilities } = backend;
  if (!isBuilt(backend) || !capabilities) {
    throw new Failure(ExitCode.infraError, `the backend ${name} is not built yet`, 'use --backend sim');
  }
  return { ...backend, capabilities };
}

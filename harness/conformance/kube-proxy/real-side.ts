/**
 * Real kube-proxies of one version on a real kernel: three namespaces of a guest, a real API server on this machine's loopback, and
 * between them a wire and a relay at the control plane's address. Owns the order in which they come and go.
 */
import { join } from 'node:path';
import { SECOND } from '../../../src/base/instant.js';
import { ipv4 } from '../../../src/base/ip.js';
import { connect, type Lab, serve } from '../../../src/lab/lab.js';
import { refOf } from '../../../src/plan/objects.js';
import type { KubeObject } from '../../../src/scenario/model.js';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Ends } from '../../ends/ends.js';
import { Failure } from '../../failure.js';
import type { Kernel } from '../../netns/kernel.js';
import { LinuxHost } from '../../netns/linux-host.js';
import { linuxLabs } from '../../netns/linux-lab.js';
import { LinuxNetwork } from '../../netns/network.js';
import { bootGuest } from '../../netns/uml.js';
import { MACHINE, raiseWire, SLIRP, SLIRP_HINT, wireEnd } from '../../netns/uplink.js';
import { type ApiServer, startApiServer } from './api-server.js';
import { ownFolder, startProgram } from './program.js';
import { layOutTools, PROXY_MODULES, RealProxy } from './proxies.js';
import { API_PORT, CONTROL_PLANE, KUBELET_PORT, NODES, type Side, worded } from './side.js';
import { tablesOf } from './tables.js';

const WIRE_MAX_MS = 5_000;
const ASK_TIMEOUT = 4 * SECOND;
const SERVER = NODES[0]?.[1] ?? '';

export interface RealPrograms {
  readonly kubeProxy: string;
  readonly kubeApiServer: string;
  readonly etcd: string;
}

export interface RealOptions {
  readonly programs: RealPrograms;
  readonly excludeCIDRs: readonly string[];
}

export interface RealSide extends Side {
  /** Of the kernel: `6.1.176`. */
  readonly release: string;
}

/** Throws a {@link Failure} where something of it does not start; nothing is left then. */
export async function startRealSide(options: RealOptions): Promise<RealSide> {
  const ends = new Ends();
  try {
    return await start(options, ends);
  } catch (error) {
    await ends.run().catch(() => {});
    throw error;
  }
}

async function start({ programs, excludeCIDRs }: RealOptions, ends: Ends): Promise<RealSide> {
  const own = ownFolder();
  ends.add(() => own.close());
  const folder = own.path;
  const { etcd, kubeApiServer, kubeProxy } = programs;
  const api = await startApiServer({ folder, etcd, kubeApiServer, advertised: SERVER });
  ends.add(() => api.close());
  const kernel = await bootOnWire(folder, ends);
  const lab = await linuxLabs(kernel, { keep: true }).make(NODES.map(([name, ip]) => ({ name, address: ipv4(ip) })));
  ends.add(() => lab.close());
  await furnish(lab, api, kernel);
  const proxies = NODES.map(([node]) => {
    const kubeconfig = api.kubeconfig(SERVER);
    return new RealProxy(kernel.line, {
      node,
      ns: hostOf(lab, node).options.ns,
      program: kubeProxy,
      kubeconfig,
      excludeCIDRs,
      folder,
    });
  });
  for (const proxy of proxies) await proxy.start();
  await Promise.all(proxies.map((proxy) => proxy.synced()));
  return sideOf({ lab, api, kernel, proxies, ends });
}

/** slirp4netns first: the guest's device looks for its socket while the kernel boots. */
async function bootOnWire(folder: string, ends: Ends): Promise<Kernel> {
  const wire = wireEnd(folder);
  const slirp = startProgram(SLIRP, wire.arguments, join(folder, 'wire.log'), SLIRP_HINT);
  ends.add(() => slirp.close());
  await slirp.until(async () => wire.isThere(), WIRE_MAX_MS);
  const options = { kernelArguments: [wire.kernelArgument], modules: PROXY_MODULES };
  const kernel = await bootGuest(options);
  ends.add(() => kernel.close());
  await raiseWire(kernel.line);
  await layOutTools(kernel.line);
  return kernel;
}

function hostOf(lab: Lab, name: string): LinuxHost {
  const { kernel } = lab.host(name);
  if (!(kernel instanceof LinuxHost)) throw new Error(`${name} is no host of a real kernel`);
  return kernel;
}

/** Nodes as the API knows them, a server on each that says who it is, and the API at the control plane's address. */
async function furnish(lab: Lab, api: ApiServer, { line }: Kernel): Promise<void> {
  for (const [name, ip] of NODES) {
    await api.core.createNode({ body: { metadata: { name }, spec: { podCIDR: '' } } });
    const status = { addresses: [{ type: 'InternalIP', address: ip }] };
    await api.core.patchNodeStatus({ name, body: [{ op: 'add', path: '/status/addresses', value: status.addresses }] });
    lab.host(name).kernel.setSysctl('net.ipv4.ip_forward', '1');
    lab.host(name).kernel.setSysctl('net.ipv4.conf.all.rp_filter', '1');
    await serve(lab, lab.host(name), KUBELET_PORT);
  }
  const ns = hostOf(lab, CONTROL_PLANE).options.ns;
  const refused = await line.ask<string>({
    do: 'relay',
    ns,
    number: line.number(),
    port: API_PORT,
    text: `${MACHINE}:${api.port}`,
  });
  if (refused) throw new Failure(ExitCode.infraError, `the relay to the API server: ${refused}`);
}

interface Parts {
  readonly lab: Lab;
  readonly api: ApiServer;
  readonly kernel: Kernel;
  readonly proxies: readonly RealProxy[];
  readonly ends: Ends;
}

function sideOf({ lab, api, kernel, proxies, ends }: Parts): RealSide {
  const unneeded = () => {
    throw new Error('the tables of a host need no clock and no vantage');
  };
  const find = { host: (name: string) => hostOf(lab, name), at: unneeded, all: unneeded };
  const network = new LinuxNetwork(find, { now: () => lab.now(), sleepUntil: unneeded });
  const heard = async (change: () => Promise<unknown>) => {
    const since = Date.now() / 1000;
    await change();
    await Promise.all(proxies.map((proxy) => proxy.heardSince(since)));
  };
  const create = async (object: KubeObject) => {
    const { status, ...rest } = object;
    await api.objects.create(rest);
    if (status === undefined) return;
    const { name, namespace = 'default' } = object.metadata;
    await api.core.patchNamespacedServiceStatus({
      name,
      namespace,
      body: [{ op: 'add', path: '/status', value: status }],
    });
  };
  return {
    release: kernel.release,
    apply: (object) => heard(() => create(object)),
    remove: (object) => heard(() => api.objects.delete({ ...refOf(object), metadata: object.metadata })),
    tables: async (node) => {
      const [addresses, servers, rules] = [
        network.addresses(node),
        network.virtualServers(node),
        network.filters(node),
      ];
      return tablesOf({ addresses: await addresses, servers: await servers, rules: await rules });
    },
    ask: async (from, ip, port) => {
      const { kernel: host } = lab.host(from);
      if (port !== API_PORT) {
        const { outcome } = await connect(lab, lab.host(from), ipv4(ip), port, ASK_TIMEOUT);
        return worded(outcome.replace(/^ok /, ''));
      }
      // The API server waits for a hello: that it took the connection must do.
      const outcome = await lab.wait<string>((answer) => {
        const socket = host.connect(ipv4(ip), port, { process: 'nc' });
        socket.handlers = {
          established: () => {
            answer('ok');
            socket.abort();
          },
          closed: answer,
        };
      }, ASK_TIMEOUT);
      return worded(outcome ?? 'timeout');
    },
    close: () => ends.run(),
  };
}

/**
 * Real kube-proxies in the namespaces of a guest: their configuration, their start, and how it is seen that one has worked. Owns nothing
 * outside the guest but the files it is told to write.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode } from '../../../src/verdict/merge.js';
import { Failure } from '../../failure.js';
import type { AgentLine } from '../../netns/line.js';

const SAID_LINES = 20;
const POLL_MS = 500;
const SYNCED_MAX_MS = 300_000;
const HEARD_MAX_MS = 30_000;
const POD_CIDR = '10.244.0.0/16';
/** kube-proxy takes `iptables` from its PATH; the kernel of the guest has the legacy tables. */
const TOOLS = '/run/kube-proxy-tools';
const LEGACY = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables', 'ip6tables-save', 'ip6tables-restore'];

/** Of IPVS, sets and rules: pkg/util/ipvs/ipvs.go GetRequiredIPVSModules, pkg/proxy/ipvs/ipset.go, proxier.go. */
export const PROXY_MODULES: readonly string[] = [
  'ip_vs_wrr',
  'ip_vs_sh',
  'ip_set_bitmap_port',
  'ip_set_hash_ipportip',
  'ip_set_hash_ipportnet',
  'xt_comment',
  'xt_physdev',
];

interface Page {
  /** 0 where nobody answers. */
  readonly status: number;
  readonly body: string;
}

export interface ProxyPlan {
  readonly node: string;
  readonly ns: string;
  readonly program: string;
  readonly kubeconfig: string;
  readonly excludeCIDRs: readonly string[];
  /** For its files. */
  readonly folder: string;
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function configuration({ node, kubeconfig, excludeCIDRs }: ProxyPlan, kubeconfigPath: string): string {
  writeFileSync(kubeconfigPath, kubeconfig, { mode: 0o600 });
  return JSON.stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'ipvs',
    hostnameOverride: node,
    clusterCIDR: POD_CIDR,
    clientConnection: { kubeconfig: kubeconfigPath },
    ipvs: { excludeCIDRs },
    // Sysctls of the machine, not of a namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  });
}

/** The tools that kube-proxy looks for, in the guest's own memory. */
export async function layOutTools(line: AgentLine): Promise<void> {
  const links = LEGACY.map((name) => `ln -s /usr/sbin/${name.replace('tables', 'tables-legacy')} ${TOOLS}/${name}`);
  const argv = ['sh', '-ec', [`mkdir -p ${TOOLS}`, ...links].join('\n')];
  const { code, stderr } = await line.ask<{ code: number; stderr: string }>({ do: 'exec', ns: '', argv });
  if (code !== 0) throw new Failure(ExitCode.infraError, `the tools of kube-proxy: ${stderr.trim()}`);
}

export class RealProxy {
  #ended: number | undefined;
  readonly #said: string[] = [];

  constructor(
    readonly line: AgentLine,
    readonly plan: ProxyPlan,
  ) {}

  async start(): Promise<void> {
    const { plan, line } = this;
    const folder = join(plan.folder, plan.node);
    mkdirSync(folder);
    const config = join(folder, 'config.json');
    writeFileSync(config, configuration(plan, join(folder, 'kubeconfig.json')));
    const number = line.number((event) => {
      if (event.event === 'line') this.#said.push(event.line ?? '');
      this.#said.splice(0, this.#said.length - SAID_LINES);
      if (event.event === 'exited') this.#ended = event.code ?? 0;
    });
    const path = `PATH=${TOOLS}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const argv = ['/usr/bin/env', path, plan.program, `--config=${config}`, '--v=0'];
    await line.ask({ do: 'start', ns: plan.ns, number, argv });
  }

  /** Resolves when its rules stand. Throws a {@link Failure} where it ends, runs in another mode, or takes too long. */
  async synced(): Promise<void> {
    const deadline = Date.now() + SYNCED_MAX_MS;
    while (((await this.#moment('last_timestamp')) ?? 0) === 0) {
      if (this.#ended !== undefined) throw this.#failure(`ended with ${this.#ended}`);
      if (Date.now() > deadline) throw this.#failure(`has no rules after ${SYNCED_MAX_MS / 1000} s`);
      await sleep(POLL_MS);
    }
    const mode = (await this.#get('/proxyMode')).body;
    if (mode !== 'ipvs') throw this.#failure(`runs in mode ${mode}`);
  }

  /**
   * Resolves when it has heard of a change since then (Unix time in seconds) and worked on it; answers false where it has not heard of
   * any for half a minute: it is cut off.
   */
  async heardSince(seconds: number): Promise<boolean> {
    const deadline = Date.now() + HEARD_MAX_MS;
    while (Date.now() < deadline) {
      const queued = (await this.#moment('last_queued_timestamp')) ?? 0;
      const done = (await this.#moment('last_timestamp')) ?? 0;
      if (queued >= seconds && done >= queued) return true;
      await sleep(POLL_MS);
    }
    return false;
  }

  /** Unix time in seconds. */
  async #moment(which: string): Promise<number | undefined> {
    const { body } = await this.#get('/metrics');
    const value = new RegExp(`^kubeproxy_sync_proxy_rules_${which}_seconds(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(
      body,
    )?.[1];
    return value === undefined ? undefined : Number(value);
  }

  #get(path: string): Promise<Page> {
    return this.line.ask<Page>({ do: 'get', ns: this.plan.ns, text: `http://127.0.0.1:10249${path}` });
  }

  #failure(why: string): Failure {
    return new Failure(ExitCode.infraError, `kube-proxy on ${this.plan.node} ${why}:\n${this.#said.join('\n')}`);
  }
}

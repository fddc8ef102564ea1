/** The testbed at one instant, as expectations ask it: each question goes to its port once, whoever asks it. */

import { parseApiTime } from '../base/api-time.js';
import type { Micros } from '../base/instant.js';
import type { AddressRow, NeighbourRow, RouteAnswer, VirtualServerRow } from '../evidence/rows.js';
import type { MetricsAnswer } from '../ports/testbed.js';
import type { KubeObject } from '../scenario/model.js';
import { diagnose } from '../verdict/diagnose.js';
import type { View } from '../verdict/expectations/kind.js';
import type { Decision } from '../verdict/history.js';
import type { Cause } from '../verdict/verdict.js';
import type { RunContext } from './run-context.js';

export function connectionKey(from: string, to: string, port: number): string {
  return `${from} ${to} ${port}`;
}

export class PortView implements View {
  readonly now: Micros;
  readonly #context: RunContext;
  readonly #asked = new Map<string, Promise<unknown>>();

  constructor(context: RunContext) {
    this.#context = context;
    this.now = context.now();
  }

  get hasApi(): boolean {
    return this.#context.testbed.controlPlane !== undefined;
  }

  kubernetesName(node: string): string {
    return this.#context.testbed.nodes.find(({ name }) => name === node)?.kubernetesName ?? node;
  }

  nodeNamed(kubernetesName: string): string {
    const found = this.#context.testbed.nodes.find((node) => node.kubernetesName === kubernetesName);
    return found?.name ?? kubernetesName;
  }

  instant(time: unknown): Micros | undefined {
    const unix = parseApiTime(time);
    return unix === undefined ? undefined : unix - (this.#context.testbed.clock.epoch ?? 0);
  }

  async object(apiVersion: string, kind: string, name: string, namespace?: string): Promise<KubeObject | undefined> {
    const ref = { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
    return this.#once(`object ${kind} ${namespace} ${name}`, async () => this.#context.testbed.controlPlane?.get(ref));
  }

  async objects(kind: string, namespace?: string): Promise<readonly KubeObject[]> {
    const list = async () => (await this.#context.testbed.controlPlane?.list(kind, namespace)) ?? [];
    return this.#once(`objects ${kind} ${namespace}`, list);
  }

  async addresses(host: string): Promise<readonly AddressRow[]> {
    return this.#once(`addresses ${host}`, () => this.#context.testbed.network.addresses(host));
  }

  async routeGet(host: string, to: string): Promise<RouteAnswer> {
    return this.#once(`route ${host} ${to}`, () => this.#context.testbed.network.routeGet(host, to));
  }

  async neighbours(host: string): Promise<readonly NeighbourRow[]> {
    return this.#once(`neighbours ${host}`, () => this.#context.testbed.network.neighbours(host));
  }

  async virtualServers(host: string): Promise<readonly VirtualServerRow[]> {
    return this.#once(`virtual servers ${host}`, () => this.#context.testbed.network.virtualServers(host));
  }

  async arpOwners(ip: string): Promise<readonly string[]> {
    return this.#once(`arp ${ip}`, () => this.#context.testbed.network.arpOwners(ip));
  }

  async judgeConnection(
    from: string,
    to: string,
    port: number,
    wait: Micros,
  ): Promise<'established' | 'reset' | 'silent' | undefined> {
    const key = connectionKey(from, to, port);
    return this.#once(`connection ${key}`, async () => this.#context.connections.get(key)?.judge(wait));
  }

  captured(name: string): { readonly packets: number; readonly endsAt: Micros } | undefined {
    const running = this.#context.captures.get(name);
    if (!running) return undefined;
    const packets = running.places.reduce((sum, { capture }) => sum + capture.packets().length, 0);
    return { packets, endsAt: running.endsAt };
  }

  async logLines(host: string, component: string): Promise<readonly string[]> {
    const { recorder } = this.#context;
    await this.#once('drain', () => recorder.drain());
    return recorder.history.flatMap((record) =>
      record.kind === 'log' && record.at >= 0 && record.host === host && record.component === component
        ? [record.line]
        : [],
    );
  }

  async metrics(promql: string): Promise<MetricsAnswer | undefined> {
    return this.#once(`metrics ${promql}`, async () => this.#context.testbed.metrics?.query(promql));
  }

  async decisions(): Promise<ReadonlyMap<string, Decision>> {
    const { recorder } = this.#context;
    await this.#once('drain', () => recorder.drain());
    return new Map(recorder.history.flatMap((record) => (record.kind === 'decision' ? [[record.pod, record]] : [])));
  }

  async causes(): Promise<readonly Cause[]> {
    const { recorder, arm } = this.#context;
    return this.#once('causes', async () => {
      await recorder.snapshot('judging the cause');
      return diagnose({ arm: arm.name, history: recorder.history, snapshots: recorder.snapshots });
    });
  }

  #once<T>(question: string, ask: () => Promise<T>): Promise<T> {
    let answer = this.#asked.get(question) as Promise<T> | undefined;
    if (!answer) {
      answer = ask();
      this.#asked.set(question, answer);
    }
    return answer;
  }
}

/** Scenarios on a real cluster beside the simulator: which there are, and what the two say. */
import { inWords, type ReportedCase, reportedCases } from '../reported.js';

export interface ClusterRow {
  readonly id: string;
  /** How kube-proxy ran: `ipvs`, `ipvs, emulated`, `iptables`. */
  readonly how: string;
  readonly sim: string;
  readonly kind: string;
  /** Why the model says nothing, or that the scenario has to fail. */
  readonly note?: string;
  /** What is wanted of kind. */
  readonly wanted: 'pass' | 'fail';
}

export interface Trial {
  readonly scenario: string;
  /** Of its matrix. */
  readonly point: readonly string[];
  readonly mode: 'ipvs' | 'iptables';
  /** Asks for what no emulation has. */
  readonly needsIpvs?: true;
  /** A canary. */
  readonly mustFail?: true;
}

const outage = (name: string) => `scenarios/outage/${name}.yaml`;
const version = ['--matrix', 'kubernetes=1.34.2'];
const inMode = (mode: string) => [...version, '--matrix', `proxyMode=${mode}`];

export const TRIALS: readonly Trial[] = [
  { scenario: outage('externalip-is-worker'), point: inMode('iptables'), mode: 'iptables' },
  { scenario: outage('externalip-is-worker'), point: inMode('ipvs'), mode: 'ipvs' },
  { scenario: outage('externalip-is-control-plane'), point: [], mode: 'ipvs' },
  { scenario: outage('externalip-is-gateway'), point: version, mode: 'ipvs' },
  { scenario: 'scenarios/mitigation/deny-service-external-ips.yaml', point: [], mode: 'ipvs' },
  { scenario: 'scenarios/mitigation/strict-arp-is-none.yaml', point: [], mode: 'ipvs', needsIpvs: true },
  { scenario: 'scenarios/placement/avoids-egress-hot-node.yaml', point: [], mode: 'ipvs' },
  { scenario: 'scenarios/canary/egress-hot-node-minimally-fixed.yaml', point: [], mode: 'ipvs', mustFail: true },
];

export interface ClusterRun {
  /** Without it what IPVS would bind is bound by hand. */
  readonly ipvs: boolean;
  /** For every run on kind: `--image-map FILE`. */
  readonly args: readonly string[];
}

/** A case that the model cannot run is no disagreement: it is told. */
export const clusterAgrees = ({ sim, kind, note, wanted }: ClusterRow) =>
  kind.startsWith(`${wanted}:`) && (note !== undefined || sim === kind);

export async function tryOn(
  { scenario, point, mode, mustFail }: Trial,
  { ipvs, args }: ClusterRun,
): Promise<ClusterRow> {
  const emulate = mode === 'ipvs' && !ipvs ? ['--emulate-ipvs'] : [];
  const [modelled] = await reportedCases([scenario, ...point, '--backend', 'sim', '--quiet']);
  const call = [scenario, ...point, '--backend', 'kind', ...emulate, ...args];
  const [real] = await reportedCases(call, { stderr: 'inherit' });
  if (!modelled || !real) throw new Error(`${scenario} has no case`);
  const how = emulate.length > 0 ? 'ipvs, emulated' : mode;
  const note = noteOf(modelled);
  const wanted = mustFail ? 'fail' : 'pass';
  return { id: real.id, how, sim: inWords(modelled), kind: inWords(real), ...(note !== undefined && { note }), wanted };
}

/** The model may lack what a real cluster has; a real cluster that does not run is never only a note. */
function noteOf(modelled: ReportedCase): string | undefined {
  return modelled.verdict === 'skipped' ? (modelled.reason ?? 'skipped') : undefined;
}

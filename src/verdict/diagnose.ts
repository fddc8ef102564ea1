/**
 * Names the causes that the evidence of an arm shows, worst first, each as a chain in which every link cites an artifact. Rules over
 * snapshots and log lines alone: names of scenarios, steps, probes and snapshots are not looked at.
 */
import { type Dossier, readEvidence } from './causes/evidence.js';
import { externalIpIsGateway } from './causes/externalip-is-gateway.js';
import { externalIpIsNodeAddress } from './causes/externalip-is-node-address.js';
import { kubeProxyGone } from './causes/kube-proxy-gone.js';
import { loadBalancerIpIsNodeAddress } from './causes/loadbalancer-ip-is-node-address.js';
import { none } from './causes/none.js';
import { portHijack } from './causes/port-hijack.js';
import type { Cause } from './verdict.js';

const RULES = [externalIpIsNodeAddress, loadBalancerIpIsNodeAddress, externalIpIsGateway, portHijack, kubeProxyGone];

/** Where no rule fits, the cause is `none`; empty where nothing was looked at, as of a cluster that did not come up. */
export function diagnose(dossier: Dossier): readonly Cause[] {
  if (dossier.snapshots.length === 0) return [];
  const evidence = readEvidence(dossier);
  const causes = RULES.flatMap((rule) => rule(evidence));
  return causes.length > 0 ? causes : [none(evidence)];
}

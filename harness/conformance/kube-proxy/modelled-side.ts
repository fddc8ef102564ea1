/** The model's kube-proxies of one version, in the simulator. What happens takes as long as `settle` says, in virtual time. */

import type { Micros } from '../../../src/base/instant.js';
import { MINUTE } from '../../../src/base/instant.js';
import { refOf } from '../../../src/plan/objects.js';
import type { NodeSpec } from '../../../src/scenario/model.js';
import { KubeLab } from '../../../src/sim/kube-lab.js';
import { ModelNetwork } from '../../../src/sim/network.js';
import { API_PORT, CONTROL_PLANE, NODES, type Side, worded } from './side.js';
import { tablesOf } from './tables.js';

/** Longer than a watch that was cut off needs to come back. */
const SETTLE: Micros = 4 * MINUTE;

const roleOf = (name: string): NodeSpec['role'] => (name === CONTROL_PLANE ? 'control-plane' : 'worker');

export function modelledSide(kubernetes: string, excludeCIDRs: readonly string[]): Side {
  const nodes = NODES.map(([name, ip]) => ({ name, ip, role: roleOf(name) }));
  const lab = new KubeLab({ kubernetes, nodes, kubeProxy: { excludeCIDRs } });
  const unneeded = () => {
    throw new Error('the tables of a host need no clock and no vantage');
  };
  const find = { host: (name: string) => lab.host(name), at: unneeded, all: unneeded };
  const network = new ModelNetwork(find, { now: () => lab.now(), sleepUntil: unneeded });
  return {
    apply: async (object) => {
      const answer = lab.kubernetes.apply(object);
      if (!answer.ok) throw new Error(`${object.kind} ${object.metadata.name}: ${answer.message}`);
      if (object.status !== undefined) lab.kubernetes.patch(refOf(object), { merge: { status: object.status } });
      lab.run(SETTLE);
    },
    remove: async (object) => {
      lab.kubernetes.delete(refOf(object));
      lab.run(SETTLE);
    },
    tables: async (node) =>
      tablesOf({
        addresses: await network.addresses(node),
        servers: await network.virtualServers(node),
        rules: await network.filters(node),
      }),
    ask: async (from, ip, port) => {
      const answer = worded(lab.whoAnswers(from, ip, port));
      return port === API_PORT && answer === CONTROL_PLANE ? 'ok' : answer;
    },
    close: async () => {},
  };
}

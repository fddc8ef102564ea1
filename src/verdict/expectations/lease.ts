/** `{lease: N, age: ">30s"}`: how long ago a kubelet last renewed its lease in kube-node-lease. `age` is in microseconds. */
import { compare } from '../compare.js';
import { each, NO_API, type StateKind, seconds } from './kind.js';

export const lease: StateKind<'lease'> = {
  compared: true,
  async observe({ nodes, age }, view) {
    if (!view.hasApi) return NO_API;
    const observations = nodes.map(async (node) => {
      const name = view.kubernetesName(node);
      const object = await view.object('coordination.k8s.io/v1', 'Lease', name, 'kube-node-lease');
      const renewed = view.instant((object?.spec as { renewTime?: unknown } | undefined)?.renewTime);
      if (renewed === undefined) return { holds: null, seen: `${name} has no lease` };
      return { holds: compare(age, view.now - renewed), seen: `lease of ${name} last renewed at ${seconds(renewed)}` };
    });
    return each(await Promise.all(observations));
  },
};

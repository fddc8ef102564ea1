/**
 * kubelet's log lines by version: unstructured in 1.20, structured since 1.21, the lease controller's since 1.27.
 * Sources: kubelet_node_status.go of v1.20.10, v1.26.7, v1.34.2; component-helpers apimachinery/lease/controller.go of v0.20.10,
 * v0.26.7, v0.27.0, v0.34.2.
 */
import type { Micros } from '../../base/instant.js';
import { formatDuration, MILLISECOND, SECOND } from '../../base/instant.js';
import { keyOf, type Pod } from '../api/objects.js';
import { type Klog, structured, type Values } from '../log.js';
import type { Traits } from '../versions.js';

/** time.Duration's text for the few values used: `200ms`, `1.6s`, `7s`. */
function goDuration(micros: Micros): string {
  if (micros < SECOND) return `${micros / MILLISECOND}ms`;
  return micros % SECOND === 0 ? formatDuration(micros) : `${micros / SECOND}s`;
}

/** pkg/kubelet/util/format.Pod. */
function formatPod({ metadata: { name, namespace, uid } }: Pod): string {
  return `${name}_${namespace}(${uid})`;
}

/** Where the same line stands in v1.34.2. */
const SOURCES: Readonly<Record<string, string>> = {
  'kubelet_node_status.go:470': 'kubelet_node_status.go:486',
  'kubelet_node_status.go:457': 'kubelet_node_status.go:473',
  'kubelet_node_status.go:71': 'kubelet_node_status.go:75',
  'kubelet_node_status.go:74': 'kubelet_node_status.go:78',
  'kubelet_node_status.go:93': 'kubelet_node_status.go:107',
};

export class KubeletLog {
  constructor(
    readonly klog: Klog,
    readonly traits: Traits,
  ) {}

  leaseUpdateFailed(error: string): void {
    if (this.#lease()) this.klog.write('E', 'controller.go:195', structured('Failed to update lease', { err: error }));
    else this.klog.write('E', 'controller.go:187', `failed to update lease, error: ${error}`);
  }

  leaseFallback(error: string): void {
    const text = 'failed to update lease using latest lease, fallback to ensure lease';
    if (this.#lease()) this.klog.write('I', 'controller.go:115', structured(text, { err: error }));
    else this.klog.write('I', 'controller.go:114', `${text}, err: ${error}`);
  }

  ensureLeaseFailed(error: string, wait: Micros): void {
    const interval = goDuration(wait);
    if (this.#lease()) {
      const text = structured('Failed to ensure lease exists, will retry', { err: error, interval });
      return this.klog.write('E', 'controller.go:145', text);
    }
    this.klog.write(
      'E',
      'controller.go:144',
      `failed to ensure lease exists, will retry in ${interval}, error: ${error}`,
    );
  }

  leaseRetryLater(error: string, wait: Micros): void {
    const interval = goDuration(wait);
    if (this.#lease()) {
      return this.klog.write(
        'E',
        'controller.go:123',
        structured('Will retry updating lease', { err: error, interval }),
      );
    }
    this.klog.write('E', 'controller.go:122', `${error}, will retry after ${interval}`);
  }

  nodeStatusRetry(error: string): void {
    const text = 'Error updating node status, will retry';
    this.#say('E', 'kubelet_node_status.go:470', `${text}: ${error}`, text, { err: error });
  }

  nodeStatusFailed(error: string): void {
    const text = 'Unable to update node status';
    this.#say('E', 'kubelet_node_status.go:457', `${text}: ${error}`, text, { err: error });
  }

  registering(node: string): void {
    const text = 'Attempting to register node';
    this.#say('I', 'kubelet_node_status.go:71', `${text} ${node}`, text, { node });
  }

  registered(node: string): void {
    const text = 'Successfully registered node';
    this.#say('I', 'kubelet_node_status.go:74', `${text} ${node}`, text, { node });
  }

  registerFailed(node: string, error: string): void {
    const old = `Unable to register node "${node}" with API server: ${error}`;
    const text = 'Unable to register node with API server';
    this.#say('E', 'kubelet_node_status.go:93', old, text, { err: error, node });
  }

  podStatusFailed(of: Pod, error: string): void {
    const pod = keyOf(of);
    const old = `Failed to update status for pod "${formatPod(of)}": ${error}`;
    this.#say('W', 'status_manager.go:550', old, 'Failed to update status for pod', { pod, err: error });
  }

  probeFailed(of: Pod, container: string, output: string): void {
    const pod = keyOf(of);
    const old = `Readiness probe for "${formatPod(of)}:${container}" failed (failure): ${output}`;
    const values = { probeType: 'Readiness', pod, containerName: container, probeResult: 'failure', output };
    this.#say('I', 'prober.go:117', old, 'Probe failed', values);
  }

  #lease(): boolean {
    return this.traits.leaseLog === 'structured';
  }

  #say(level: 'I' | 'W' | 'E', source: string, text: string, message: string, values: Values): void {
    if (this.traits.klog === 'text') return this.klog.write(level, source, text);
    this.klog.write(level, SOURCES[source] ?? source, structured(message, values));
  }
}

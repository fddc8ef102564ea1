/** The traffic image in the Docker daemon, and which iperf3 it holds. */
import { type DaemonImagePlan, imageInDaemon } from '../daemon-image.js';
import { commandFailure } from '../docker.js';
import { LABEL } from '../names.js';
import { versionIn } from './iperf.js';

export interface TrafficImage {
  /** As the daemon calls it. */
  readonly name: string;
  /** Of its iperf3. */
  readonly version: string;
}

export interface TrafficImagePlan extends DaemonImagePlan {
  readonly label: string;
}

/** Throws a {@link Failure} where it cannot be had, or holds no iperf3. */
export async function trafficImage(plan: TrafficImagePlan): Promise<TrafficImage> {
  const { docker, label, signal } = plan;
  const name = await imageInDaemon(plan);
  const args = ['run', '--rm', '--pull', 'never', '--label', `${LABEL}=${label}`, '--network', 'none'];
  const call = [...args, '--entrypoint', 'iperf3', name, '--version'];
  const ran = await docker.run(call, { signal });
  signal?.throwIfAborted();
  const version = versionIn(ran.stdout);
  if (version === undefined) throw commandFailure('docker', call, ran, 'the traffic image needs iperf3 in its PATH');
  return { name, version };
}

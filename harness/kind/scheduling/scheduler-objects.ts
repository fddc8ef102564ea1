/**
 * The objects of a scheduler, made of the files that a user applies (clusters/addons/bandwidth-scheduler): with its name, its configuration, the
 * image, on the control plane's node, where it weighs on no worker. Owns what differs from the files, and nothing else.
 */
import { stringify } from 'yaml';
import type { KubeObject } from '../../../src/scenario/model.js';
import { readManifests } from '../addons/addon-manifests.js';
import { LABEL } from '../names.js';
import type { SchedulerConfiguration } from './scheduler-config.js';

/** Of kube-scheduler's kind of pods; add-ons have another. */
export const SYSTEM_NAMESPACE = 'kube-system';
export const CONTAINER = 'kube-scheduler';
/** Of all that is made here: what has it not, but the name, is somebody else's. */
export const MANAGED = { 'app.kubernetes.io/managed-by': 'kube-windtunnel' };

const FOLDER = 'addons/bandwidth-scheduler';
const FILES = ['account.yaml', 'config.yaml', 'deployment.yaml'];
const NAME = 'bandwidth-scheduler';
/** Points are told at level 10, by the file that scores. */
const POINTS = '--vmodule=schedule_one=10';
const GRACE_SECONDS = 5;

export interface SchedulerObjects {
  readonly name: string;
  readonly image: string;
  readonly configuration: SchedulerConfiguration;
  /** Switches of the specimen scheduler. */
  readonly specimens: string | undefined;
  /** As Kubernetes calls it. */
  readonly node: string;
  /** Value of the label that marks what is made for a cluster. */
  readonly label: string;
}

/** What everything that is made here has, so that clean-up finds it. */
export const labelsFor = (label: string) => ({ ...MANAGED, [LABEL]: label });

export function schedulerObjects({ name, ...more }: SchedulerObjects): readonly KubeObject[] {
  return readManifests(FOLDER, FILES).map((object) => {
    const renamed = rename(object, name) as KubeObject;
    const metadata = { ...renamed.metadata, labels: { ...renamed.metadata.labels, ...labelsFor(more.label) } };
    const ours = { ...renamed, metadata };
    if (ours.kind === 'ConfigMap') return { ...ours, data: { 'scheduler-config.yaml': stringify(more.configuration) } };
    return ours.kind === 'Deployment' ? deployment(ours, more) : ours;
  });
}

/** Names, labels and references: whatever is called after the scheduler. */
function rename(value: unknown, name: string): unknown {
  if (typeof value === 'string') return value.replace(new RegExp(`^${NAME}(?=-|$)`), name);
  if (Array.isArray(value)) return value.map((item) => rename(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inside]) => [key, rename(inside, name)]));
}

interface PodSpec {
  readonly containers: readonly { readonly args: readonly string[] }[];
}

interface DeploymentSpec {
  readonly template: { readonly spec: PodSpec };
}

function deployment(object: KubeObject, { image, node, specimens }: Omit<SchedulerObjects, 'name'>): KubeObject {
  const spec = object.spec as unknown as DeploymentSpec;
  const pod = spec.template.spec;
  const containers = pod.containers.map((container) => ({
    ...container,
    image,
    imagePullPolicy: 'Never',
    args: [...container.args, POINTS, ...(specimens === undefined ? [] : [`--specimens=${specimens}`])],
  }));
  const nodeSelector = { 'kubernetes.io/hostname': node };
  const template = {
    ...spec.template,
    spec: { ...pod, containers, nodeSelector, terminationGracePeriodSeconds: GRACE_SECONDS },
  };
  // Without a lease two must never run at once.
  return { ...object, spec: { ...spec, strategy: { type: 'Recreate' }, template } } as KubeObject;
}

/**
 * What the API server refuses of an object, field by field, in its own words; only fields that the model reads.
 * Knows nothing of other objects: conflicts, missing namespaces and admission are registry.ts and admission.ts.
 */
import type { KubeObject } from '../../scenario/model.js';
import type { FieldError } from './field-error.js';
import { invalid, renderErrors, required } from './field-error.js';
import { groupKindOf, kindOf } from './kinds.js';
import { labelKeyProblem, nameProblem } from './names.js';
import { portErrors, serviceErrors } from './service-validation.js';

type Fields = Readonly<Record<string, unknown>>;

const WORKLOADS = new Set(['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet']);
/** Kinds whose names only need to be path segments. */
const FREE_NAMES = /^(Cluster)?Role(Binding)?$/;

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};

/**
 * All problems, in the API's order. `version` is that of the API server, for wording that changed; the newest where absent.
 * `message` is without the path: `Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)`.
 */
export function validateObject(object: KubeObject, version?: string): readonly FieldError[] {
  const errors = metadataErrors(object);
  const spec = fieldsOf(object.spec);
  // Before 1.21 the special ranges were named without IPv6.
  const named = version !== undefined && /^1\.(1\d|20)\./.test(version) ? 'v4' : 'both';
  if (object.kind === 'Service') errors.push(...serviceErrors(spec, named));
  else if (object.kind === 'Pod') errors.push(...podSpecErrors('spec', spec));
  else if (WORKLOADS.has(object.kind)) errors.push(...workloadErrors(object.kind, spec));
  return errors;
}

/** `Service "busybox" is invalid: spec.externalIPs[0]: Invalid value: …`. */
export function renderInvalid(object: KubeObject, errors: readonly FieldError[]): string {
  const kind = groupKindOf(kindOf(object.kind, object.apiVersion));
  return `${kind} "${object.metadata.name}" is invalid: ${renderErrors(errors)}`;
}

function metadataErrors(object: KubeObject): FieldError[] {
  const { name, labels } = object.metadata;
  const errors: FieldError[] = [];
  if (typeof name !== 'string' || name === '') {
    if (!object.metadata.generateName) errors.push(required('metadata.name', 'name or generateName is required'));
  } else if (!FREE_NAMES.test(object.kind)) {
    const sort = object.kind === 'Service' ? 'serviceName' : object.kind === 'Namespace' ? 'label' : 'subdomain';
    const problem = nameProblem(sort, name);
    if (problem) errors.push(invalid('metadata.name', name, problem));
  }
  errors.push(...labelErrors('metadata.labels', labels));
  return errors;
}

function labelErrors(path: string, labels: unknown): FieldError[] {
  const errors: FieldError[] = [];
  for (const [key, value] of Object.entries(fieldsOf(labels))) {
    const keyProblem = labelKeyProblem(key);
    if (keyProblem) errors.push(invalid(path, key, keyProblem));
    const problem = typeof value === 'string' ? nameProblem('labelValue', value) : 'must be a string';
    if (problem) errors.push(invalid(path, value, problem));
  }
  return errors;
}

function podSpecErrors(path: string, spec: Fields): FieldError[] {
  const containers = Array.isArray(spec.containers) ? (spec.containers as Fields[]) : [];
  if (containers.length === 0) return [required(`${path}.containers`)];
  return containers.flatMap((container, index) => {
    const at = `${path}.containers[${index}]`;
    const { name } = container;
    const errors: FieldError[] = [];
    if (typeof name !== 'string' || name === '') errors.push(required(`${at}.name`));
    else {
      const problem = nameProblem('label', name);
      if (problem) errors.push(invalid(`${at}.name`, name, problem));
    }
    if (typeof container.image !== 'string' || container.image === '') errors.push(required(`${at}.image`));
    const ports = Array.isArray(container.ports) ? (container.ports as Fields[]) : [];
    ports.forEach((port, i) => {
      errors.push(...portErrors(`${at}.ports[${i}].containerPort`, port.containerPort));
    });
    return errors;
  });
}

function workloadErrors(kind: string, spec: Fields): FieldError[] {
  const errors: FieldError[] = [];
  const { replicas } = spec;
  if (replicas !== undefined && (typeof replicas !== 'number' || replicas < 0)) {
    errors.push(invalid('spec.replicas', replicas, 'must be greater than or equal to 0'));
  }
  const template = fieldsOf(spec.template);
  const labels = fieldsOf(fieldsOf(template.metadata).labels);
  const matchLabels = fieldsOf(fieldsOf(spec.selector).matchLabels);
  if (spec.selector === undefined) errors.push(required('spec.selector'));
  else if (Object.keys(matchLabels).length === 0 && !fieldsOf(spec.selector).matchExpressions) {
    errors.push(invalid('spec.selector', spec.selector, `empty selector is invalid for ${kind.toLowerCase()}`));
  } else if (Object.entries(matchLabels).some(([key, value]) => labels[key] !== value)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  errors.push(...podSpecErrors('spec.template.spec', fieldsOf(template.spec)));
  return errors;
}

/**
 * The API server's validation of a Service, as far as the model reads its fields.
 * Source: kubernetes v1.20.10 and v1.34.2, pkg/apis/core/validation/validation.go (validateService, validateServicePort,
 * ValidateNonSpecialIP, later ValidateEndpointIP).
 */
import { contains, parseIpv4, prefix } from '../../base/ip.js';
import type { FieldError } from './field-error.js';
import { duplicate, forbidden, invalid, notSupported, required } from './field-error.js';
import { nameProblem } from './names.js';

type Fields = Readonly<Record<string, unknown>>;

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const POLICIES = ['Cluster', 'Local'];

const SPECIAL = [
  { range: prefix('127.0.0.0/8'), name: 'loopback', v4: '127.0.0.0/8', both: '127.0.0.0/8, ::1/128' },
  { range: prefix('169.254.0.0/16'), name: 'link-local', v4: '169.254.0.0/16', both: '169.254.0.0/16, fe80::/10' },
  { range: prefix('224.0.0.0/24'), name: 'link-local multicast', v4: '224.0.0.0/24', both: '224.0.0.0/24, ff02::/10' },
] as const;

/** Loose: enough to tell an IPv6 address, which the API takes and the model leaves aside, from a typing error. */
function isIpv6(text: string): boolean {
  return /^[0-9a-fA-F:.]+$/.test(text) && text.split(':').length >= 3 && !text.includes(':::');
}

export function addressErrors(path: string, value: unknown, named: 'v4' | 'both'): FieldError[] {
  if (typeof value !== 'string') return [invalid(path, value, 'must be a string')];
  const ip = parseIpv4(value);
  if (ip === undefined) {
    const bad = !isIpv6(value);
    return bad ? [invalid(path, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')] : [];
  }
  if (ip === 0) return [invalid(path, value, 'may not be unspecified (0.0.0.0)')];
  return SPECIAL.filter(({ range }) => contains(range, ip)).map((special) =>
    invalid(path, value, `may not be in the ${special.name} range (${special[named]})`),
  );
}

export function portErrors(path: string, value: unknown): FieldError[] {
  const fine = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
  return fine ? [] : [invalid(path, value ?? 0, 'must be between 1 and 65535, inclusive')];
}

function portNameProblem(name: string): string | undefined {
  if (name.length > 15) return 'must be no more than 15 characters';
  if (!/^[-a-z0-9]+$/.test(name)) {
    return 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)';
  }
  if (!/[a-z]/.test(name)) return 'must contain at least one letter (a-z)';
  if (name.includes('--')) return 'must not contain consecutive hyphens';
  return /^-|-$/.test(name) ? 'must not begin or end with a hyphen' : undefined;
}

/** A value of a file as text; String() would call a method that a mapping may have shadowed. */
function wordOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A port number where there is one; 0 for none. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function servicePortErrors(path: string, port: Fields, several: boolean, names: Set<string>): FieldError[] {
  const errors: FieldError[] = [];
  const name = typeof port.name === 'string' ? port.name : '';
  if (name === '' && several) errors.push(required(`${path}.name`));
  if (name !== '') {
    const problem = nameProblem('label', name);
    if (problem) errors.push(invalid(`${path}.name`, name, problem));
    if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
    names.add(name);
  }
  errors.push(...portErrors(`${path}.port`, port.port));
  const protocol = port.protocol ?? 'TCP';
  if (!PROTOCOLS.includes(wordOf(protocol))) errors.push(notSupported(`${path}.protocol`, protocol, PROTOCOLS));
  const target = port.targetPort ?? port.port;
  if (typeof target === 'string') {
    const problem = portNameProblem(target);
    if (problem) errors.push(invalid(`${path}.targetPort`, target, problem));
  } else if (port.targetPort !== undefined) errors.push(...portErrors(`${path}.targetPort`, target));
  return errors;
}

function duplicatePortErrors(ports: readonly Fields[]): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const seenNodePorts = new Set<string>();
  ports.forEach((port, index) => {
    const protocol = wordOf(port.protocol ?? 'TCP');
    const nodePort = numberOf(port.nodePort);
    if (nodePort !== 0 && seenNodePorts.has(`${protocol}/${nodePort}`)) {
      errors.push(duplicate(`spec.ports[${index}].nodePort`, nodePort));
    }
    seenNodePorts.add(`${protocol}/${nodePort}`);
    const key = `${protocol}/${wordOf(port.port)}`;
    if (seen.has(key)) errors.push(duplicate(`spec.ports[${index}]`, { protocol, port: port.port }));
    seen.add(key);
  });
  return errors;
}

function typeErrors(spec: Fields, ports: readonly Fields[]): FieldError[] {
  const type = wordOf(spec.type ?? 'ClusterIP');
  const errors: FieldError[] = [];
  const headless = spec.clusterIP === 'None';
  if (!TYPES.includes(type)) errors.push(notSupported('spec.type', type, TYPES));
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.push(required('spec.ports'));
  if (headless && (type === 'LoadBalancer' || type === 'NodePort')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  }
  if (type === 'ExternalName' && !spec.externalName) errors.push(required('spec.externalName'));
  if (type === 'ClusterIP') {
    ports.forEach((port, index) => {
      if (numberOf(port.nodePort) !== 0) {
        errors.push(forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
      }
    });
  }
  const policy = spec.externalTrafficPolicy;
  if (policy !== undefined && !POLICIES.includes(wordOf(policy))) {
    errors.push(notSupported('spec.externalTrafficPolicy', policy, POLICIES));
  }
  return errors;
}

/** `named`: whether a special range is named with its IPv6 twin, as later versions do. */
export function serviceErrors(spec: Fields, named: 'v4' | 'both'): FieldError[] {
  // What is no mapping decodes as an empty one.
  const ports = (Array.isArray(spec.ports) ? spec.ports : []).map(
    (port): Fields => (typeof port === 'object' && port !== null ? port : {}),
  );
  const names = new Set<string>();
  const errors = typeErrors(spec, ports);
  ports.forEach((port, index) => {
    errors.push(...servicePortErrors(`spec.ports[${index}]`, port, ports.length > 1, names));
  });
  const externalIPs = Array.isArray(spec.externalIPs) ? spec.externalIPs : [];
  externalIPs.forEach((ip, index) => {
    errors.push(...addressErrors(`spec.externalIPs[${index}]`, ip, named));
  });
  const { clusterIP } = spec;
  if (clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None') {
    if (parseIpv4(wordOf(clusterIP)) === undefined && !isIpv6(wordOf(clusterIP))) {
      errors.push(
        invalid('spec.clusterIPs[0]', clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
      );
    }
  }
  return [...errors, ...duplicatePortErrors(ports)];
}
